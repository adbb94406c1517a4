import type {
  ApplicationPackageReference,
  DiskEncryptionTarget,
  PoolParameter,
  PoolSpecification,
  VMExtension,
} from "../azure/parameters/index.js";
import { brand, hasBrand } from "../errors/brand.js";
import { InvalidArgumentError } from "../errors/index.js";
import type { AutoscaleOptions } from "./autoscale.js";
import type { AutoscaleFormulaOptions } from "./autoscale-formula.js";
import { copyOf } from "./copy.js";
import type { Duration } from "./duration.js";
import { explainAutoscale } from "./explain-autoscale.js";
import type { Image } from "./images.js";
import type { ContainerOptions } from "./pool/containers.js";
import type { DataDiskOptions } from "./pool/disks.js";
import { type ExistingPool, settingsOf } from "./pool/existing.js";
import type { MountOptions } from "./pool/mounts.js";
import type { NetworkOptions } from "./pool/network.js";
import { type NodeCommunicationMode, type PoolSettings, poolParameter } from "./pool/pool-parameter.js";
import { scalingParameter } from "./pool/size.js";
import type { StartTaskOptions } from "./pool/start-task.js";
import type { UserOptions } from "./pool/users.js";
import { type Problem, refuseProblems } from "./problems.js";

/** What a pool's builder makes: the service's parameter, without an id for the pool of one run. */
export type BuiltPool<Id extends string | undefined> = Id extends string ? PoolParameter : PoolSpecification;

/**
 * A description of a pool. It never changes: each method gives a new one.
 *
 * @typeParam Id - the type of the pool's id; `undefined` for the pool of one run
 * @example
 * ```ts
 * const render = pool("render").vmSize("Standard_D4s_v5").image(ubuntu("24.04")).spotNodes(20).taskSlotsPerNode(4);
 * const results = await runParallel([1, 2, 3], (n) => n * n, { pool: render });
 * ```
 */
export interface PoolBuilder<Id extends string | undefined = string | undefined> {
  /** The pool's id; `undefined` for the pool of one run. */
  readonly id: Id;
  /**
   * The size of the virtual machines. Which there are depends on the region and the account's quota.
   *
   * @example
   * ```ts
   * pool("render").vmSize("Standard_D4s_v5");
   * ```
   */
  vmSize(size: string): this;
  /**
   * The operating system of the nodes: by a short name ({@link ubuntu}, {@link ubuntuHpc}, {@link windowsServer},
   * {@link almaLinux}), another image of the marketplace with its node agent, or one's own ({@link galleryImage}).
   *
   * @example
   * ```ts
   * pool("a").image(ubuntu("24.04"));
   * pool("b").image({
   *   publisher: "microsoft-dsvm",
   *   offer: "ubuntu-hpc",
   *   sku: "2204",
   *   nodeAgentSKUId: "batch.node.ubuntu 22.04",
   * });
   * ```
   */
  image(image: Image): this;
  /**
   * Lets tasks run in containers; all tasks but start tasks then have to. The image of the nodes needs a container runtime,
   * as {@link ubuntuHpc} has it.
   *
   * @example
   * ```ts
   * pool("render").image(ubuntuHpc("24.04")).containers({
   *   images: ["ours.azurecr.io/render:4", "python:3.12"],
   *   registries: [{ registryServer: "ours.azurecr.io", username: "ours", password: process.env.ACR_PASSWORD ?? "" }],
   * });
   * ```
   */
  containers(options: ContainerOptions): this;
  /**
   * Empty disks that each node gets for itself. They go with the node, and have to be formatted before they can be used.
   *
   * @example
   * ```ts
   * pool("render").dataDisks([{ diskSizeGB: 512 }, { diskSizeGB: 128, storageAccountType: "premium_lrs" }]);
   * ```
   */
  dataDisks(disks: readonly DataDiskOptions[]): this;
  /**
   * Keeps the disk of the operating system on the host: faster, and without a price. It has to fit into the size's cache.
   *
   * @see https://learn.microsoft.com/azure/virtual-machines/ephemeral-os-disks
   * @example
   * ```ts
   * pool("render").vmSize("Standard_D8ds_v5").ephemeralOSDisk();
   * ```
   */
  ephemeralOSDisk(): this;
  /**
   * Encrypts disks when a node is made: the temporary one on Linux, that of the operating system as well on Windows. It is
   * not supported for Linux from a gallery.
   *
   * @param targets - which; Batch supports one set for each system, which is the default
   * @example
   * ```ts
   * pool("render").image(ubuntu("24.04")).diskEncryption();
   * ```
   */
  diskEncryption(targets?: readonly DiskEncryptionTarget[]): this;
  /**
   * Whether nodes are in one part of the region (the default), or spread over its availability zones.
   *
   * @example
   * ```ts
   * pool("render").nodePlacement("zonal");
   * ```
   */
  nodePlacement(policy: "regional" | "zonal"): this;
  /**
   * Extensions of the virtual machine, installed on each node.
   *
   * @see https://learn.microsoft.com/azure/batch/create-pool-extensions
   * @example
   * ```ts
   * pool("render").extensions([
   *   {
   *     name: "secrets",
   *     publisher: "Microsoft.Azure.KeyVault",
   *     type: "KeyVaultForLinux",
   *     typeHandlerVersion: "3.0",
   *     autoUpgradeMinorVersion: true,
   *     settings: { secretsManagementSettings: { pollingIntervalInS: "300" } },
   *   },
   * ]);
   * ```
   */
  extensions(extensions: readonly VMExtension[]): this;
  /**
   * Whether Windows updates itself, and restarts nodes for it. Default: `true`. Only for an image of Windows.
   *
   * @example
   * ```ts
   * pool("windows").image(windowsServer("2022")).automaticUpdates(false);
   * ```
   */
  automaticUpdates(enabled: boolean): this;
  /**
   * The licence of one's own under which Windows runs, where there is one. Only for an image of Windows.
   *
   * @example
   * ```ts
   * pool("windows").image(windowsServer("2022")).licenseType("Windows_Server");
   * ```
   */
  licenseType(type: "Windows_Server" | "Windows_Client"): this;
  /**
   * How many tasks a node runs at once: 1 to 256, and to four times the size's cores. Default: 1, and a task of
   * `runParallel` then uses all cores of its node.
   *
   * @example
   * ```ts
   * pool("render").taskSlotsPerNode(4);
   * ```
   */
  taskSlotsPerNode(slots: number): this;
  /**
   * Whether tasks are spread over all nodes (the default), or fill one before the next.
   *
   * @example
   * ```ts
   * pool("render").taskSlotsPerNode(4).taskFillType("pack");
   * ```
   */
  taskFillType(type: "spread" | "pack"): this;
  /**
   * What each node does before its first task, such as installing a program.
   *
   * @example
   * ```ts
   * pool("render").startTask({
   *   command: ["/bin/sh", "-c", "apt-get update && apt-get install -y ffmpeg"],
   *   elevationLevel: "admin",
   *   maxTaskRetryCount: 2,
   * });
   * ```
   */
  startTask(options: StartTaskOptions): this;
  /**
   * Application packages of the account that each node gets, up to 10.
   *
   * @example
   * ```ts
   * const account = "/subscriptions/0000/resourceGroups/film/providers/Microsoft.Batch/batchAccounts/film";
   * pool("render").applicationPackages([{ applicationId: `${account}/applications/blender`, version: "4.2" }]);
   * ```
   */
  applicationPackages(packages: readonly ApplicationPackageReference[]): this;
  /**
   * File systems that each node mounts, up to 10: containers of Blob Storage, shares of Azure Files, NFS and CIFS. Tasks
   * find them below `$AZ_BATCH_NODE_MOUNTS_DIR`.
   *
   * @see https://learn.microsoft.com/azure/batch/virtual-file-mount
   * @example
   * ```ts
   * pool("render").mounts([
   *   {
   *     type: "azureBlob",
   *     accountName: "film",
   *     containerName: "scenes",
   *     sasKey: process.env.SCENES_SAS ?? "",
   *     relativeMountPath: "scenes",
   *   },
   *   { type: "nfs", source: "10.0.0.4:/cache", relativeMountPath: "cache", mountOptions: "-o vers=4" },
   * ]);
   * ```
   */
  mounts(mounts: readonly MountOptions[]): this;
  /**
   * The network: the subnet, the public IP addresses, and ports of the nodes that can be reached from outside.
   *
   * @see https://learn.microsoft.com/azure/batch/batch-virtual-network
   * @example
   * ```ts
   * pool("render").network({
   *   endpoints: [
   *     {
   *       name: "preview",
   *       protocol: "tcp",
   *       backendPort: 8080,
   *       frontendPortRange: [15000, 15100],
   *       networkSecurityGroupRules: [{ priority: 150, access: "allow", sourceAddressPrefix: "203.0.113.0/24" }],
   *     },
   *   ],
   * });
   * pool("inside").network({ publicIPAddresses: "nopublicipaddresses" });
   * ```
   */
  network(options: NetworkOptions): this;
  /**
   * Lets nodes reach each other, as tasks on several nodes need it. It limits how many nodes there can be.
   *
   * @example
   * ```ts
   * pool("mpi").interNodeCommunication();
   * ```
   */
  interNodeCommunication(enabled?: boolean): this;
  /**
   * How nodes talk to Batch: by its older way or the one that needs fewer open ports. Default: as Batch chooses.
   *
   * @see https://learn.microsoft.com/azure/batch/simplified-compute-node-communication
   * @example
   * ```ts
   * pool("render").nodeCommunicationMode("simplified");
   * ```
   */
  nodeCommunicationMode(mode: NodeCommunicationMode): this;
  /**
   * Users that each node gets, for tasks to run as.
   *
   * @see https://learn.microsoft.com/azure/batch/batch-user-accounts
   * @example
   * ```ts
   * pool("render").users([{ name: "painter", password: process.env.PAINTER_PASSWORD ?? "", elevationLevel: "admin" }]);
   * ```
   */
  users(users: readonly UserOptions[]): this;
  /**
   * Names and values for whoever looks at the pool; Batch gives them no meaning. A second call replaces the first.
   *
   * @example
   * ```ts
   * pool("render").metadata({ team: "film", cost: "4711" });
   * ```
   */
  metadata(entries: Readonly<Record<string, string>>): this;
  /**
   * How long Batch tries to get the nodes of a pool of fixed size, at least 5 minutes. Default: 15 minutes. It does not
   * matter with {@link UnsizedPoolBuilder.autoscale}.
   *
   * @example
   * ```ts
   * pool("render").resizeTimeout("30m");
   * ```
   */
  resizeTimeout(timeout: Duration): this;
  /**
   * A name for people, up to 1024 characters.
   *
   * @example
   * ```ts
   * pool("render").displayName("Rendering, second floor");
   * ```
   */
  displayName(name: string): this;
  /**
   * The service's parameter, checked against the documented limits.
   *
   * @throws InvalidArgumentError that lists everything that is wrong at once
   * @example
   * ```ts
   * const parameter = pool("a").vmSize("Standard_D2s_v5").image(ubuntu("24.04")).dedicatedNodes(2).build();
   * console.log(parameter.targetDedicatedNodes); // 2
   * ```
   */
  build(): BuiltPool<Id>;
}

/** A pool of fixed size. */
export interface FixedPoolBuilder<Id extends string | undefined = string | undefined>
  extends PoolBuilder<Id> {
  /**
   * How many nodes there are that are never taken away.
   *
   * @example
   * ```ts
   * pool("render").dedicatedNodes(2).spotNodes(20);
   * ```
   */
  dedicatedNodes(count: number): this;
  /**
   * How many Spot nodes there are: cheaper, and taken away when Azure needs them. Their tasks then run again elsewhere.
   *
   * @example
   * ```ts
   * pool("render").spotNodes(20);
   * ```
   */
  spotNodes(count: number): this;
}

/** A pool that Batch sizes by a formula. */
export interface AutoscaledPoolBuilder<Id extends string | undefined = string | undefined>
  extends PoolBuilder<Id> {
  /**
   * What the formula will do: how a new pool starts, and how many nodes there are for how many tasks. It is text for
   * people, made by evaluating the formula.
   *
   * @throws InvalidArgumentError where the formula or its options are wrong
   * @example
   * ```ts
   * console.log(pool("render").taskSlotsPerNode(4).autoscale({ max: 50 }).explain());
   * ```
   */
  explain(): string;
}

/** A pool that has no size yet: a fixed one and {@link UnsizedPoolBuilder.autoscale} exclude each other. */
export interface UnsizedPoolBuilder<Id extends string | undefined = string | undefined>
  extends PoolBuilder<Id> {
  /**
   * How many nodes there are that are never taken away.
   *
   * @example
   * ```ts
   * pool("render").dedicatedNodes(2);
   * ```
   */
  dedicatedNodes(count: number): FixedPoolBuilder<Id>;
  /**
   * How many Spot nodes there are: cheaper, and taken away when Azure needs them. Their tasks then run again elsewhere.
   *
   * @example
   * ```ts
   * pool("render").spotNodes(20);
   * ```
   */
  spotNodes(count: number): FixedPoolBuilder<Id>;
  /**
   * Lets the pool follow its work: as many nodes as the waiting and running tasks have slots to fill, between `min` and
   * `max`, and `min` (0 by default) when there are none. A node that is no longer needed goes when its tasks are done.
   *
   * Batch evaluates the formula once when it makes the pool, before there can be a task in it, and then every
   * `evaluationInterval`, 5 minutes at the least. A formula that looks only at tasks would therefore leave a new pool
   * without nodes for 5 minutes: this one begins with `start` nodes (1 by default), and grows to what is needed at the
   * next look. For the same reason a pool that went to 0 nodes needs up to 5 minutes to notice new tasks; `min: 1` keeps
   * one ready. While Batch knows too few samples, which may come late, the pool stays as large as it is.
   *
   * @example
   * ```ts
   * pool("render").vmSize("Standard_D2s_v5").image(ubuntu("24.04")).autoscale({ min: 0, max: 50, nodes: "spot" });
   * ```
   */
  autoscale(options: AutoscaleOptions): AutoscaledPoolBuilder<Id>;
  /**
   * Lets Batch add and remove nodes by a formula of one's own. It is read before it is sent: an error says in which line
   * and column there is what the language has not.
   *
   * A new pool has no samples of anything, and a formula that needs them then fails, or makes nothing of it: `startNodes`
   * keeps a start size until there are some.
   *
   * @see https://learn.microsoft.com/azure/batch/batch-automatic-scaling
   * @example
   * ```ts
   * pool("render").autoscaleFormula(
   *   `tasks = max(0, $PendingTasks.GetSample(5));
   *    $TargetDedicatedNodes = min(20, tasks);`,
   *   { startNodes: 2, nodeDeallocationOption: "taskcompletion", evaluationInterval: "10m" },
   * );
   * ```
   */
  autoscaleFormula(text: string, options?: AutoscaleFormulaOptions): AutoscaledPoolBuilder<Id>;
}

/** What {@link pool} is. */
export interface PoolFunction {
  /** Begins the description of the pool of one run, which goes with it. */
  (): UnsizedPoolBuilder<undefined>;
  /**
   * Begins the description of a pool under an id: made where there is none, and kept.
   *
   * @param id - 1 to 64 letters, digits, hyphens and underscores
   */
  <Id extends string>(id: Id): UnsizedPoolBuilder<Id>;
  /**
   * Begins a description as an existing pool is, or another description, to say what differs. A size that is said takes
   * the place of the former: a number that of its kind of nodes, `autoscale` the whole.
   *
   * Of what the service gives, what is read-only is left out, as are certificates and other things that it has retired. It
   * never gives passwords and keys: `build` lists those that have to be said again. Protected settings of extensions and
   * private keys of users are among them, and nobody can tell that they were there.
   *
   * @param existing - the JSON of `GET /pools/{id}`, the parameter of a pool, or a builder
   * @param id - the new pool's; leave it out for the pool of one run
   * @throws InvalidArgumentError for what is none of them
   * @example
   * ```ts
   * const render = pool("render").vmSize("Standard_D4s_v5").image(ubuntu("24.04")).spotNodes(20).dedicatedNodes(2);
   * const larger = pool.from(render, "render-large").vmSize("Standard_D16s_v5").spotNodes(5);
   * console.log(larger.build().targetDedicatedNodes); // 2
   * ```
   */
  from(existing: ExistingPool | PoolBuilder): UnsizedPoolBuilder<undefined>;
  /** The same, under an id. */
  from<Id extends string>(existing: ExistingPool | PoolBuilder, id: Id): UnsizedPoolBuilder<Id>;
}

/**
 * Begins the description of a pool.
 *
 * With an id, 1 to 64 letters, digits, hyphens and underscores, the pool is made where there is none, and kept. Without one
 * it is the pool of one run, and goes with it. `pool.from` begins as another pool is.
 *
 * @example
 * ```ts
 * const kept = pool("render").vmSize("Standard_D4s_v5").image(ubuntu("24.04")).autoscale({ max: 20 });
 * const forOneRun = pool().vmSize("Standard_F8s_v2").image(ubuntu("24.04")).spotNodes(4);
 * const larger = pool.from(kept, "render-large").vmSize("Standard_D16s_v5");
 * ```
 */
export const pool: PoolFunction = Object.assign(
  <Id extends string | undefined = undefined>(id?: Id) =>
    new Pool({ id }) as unknown as UnsizedPoolBuilder<Id>,
  {
    from: <Id extends string | undefined = undefined>(existing: ExistingPool | PoolBuilder, id?: Id) =>
      Pool.from(existing, id) as unknown as UnsizedPoolBuilder<Id>,
  },
);

/** Whether a value is a pool's description, of this copy of the package or another. */
export function isPoolBuilder(value: unknown): value is PoolBuilder {
  return hasBrand(value, "PoolBuilder");
}

/** One class for all stages: the interfaces say what there is at each, and `build` refuses what plain JavaScript mixes. */
class Pool implements PoolBuilder {
  readonly #settings: PoolSettings;

  constructor(settings: PoolSettings) {
    this.#settings = settings;
    brand(this, "PoolBuilder");
  }

  static from(existing: ExistingPool | PoolBuilder, id: string | undefined): Pool {
    if (!isPoolBuilder(existing)) return new Pool({ ...settingsOf(existing), id });
    // Another copy of this package has settings of its own, and can but build.
    if (!(existing instanceof Pool)) return new Pool({ ...settingsOf(existing.build()), id });
    const { fixed, scaling, inheritedSize, ...settings } = existing.#settings;
    const size = scaling === undefined ? { fixed: { ...inheritedSize?.fixed, ...fixed } } : { scaling };
    const isSized = fixed !== undefined || scaling !== undefined;
    return new Pool({ ...settings, id, inheritedSize: isSized ? size : inheritedSize });
  }

  get id(): string | undefined {
    return this.#settings.id;
  }

  #with(settings: Partial<PoolSettings>): this {
    return new Pool({ ...this.#settings, ...copyOf(settings) }) as this;
  }

  vmSize(vmSize: string): this {
    return this.#with({ vmSize });
  }

  image(image: Image): this {
    return this.#with({ image });
  }

  containers(containers: ContainerOptions): this {
    return this.#with({ containers });
  }

  dataDisks(dataDisks: readonly DataDiskOptions[]): this {
    return this.#with({ dataDisks });
  }

  ephemeralOSDisk(): this {
    return this.#with({ ephemeralOSDisk: true });
  }

  diskEncryption(targets?: readonly DiskEncryptionTarget[]): this {
    return this.#with({ diskEncryption: targets ?? "all" });
  }

  nodePlacement(nodePlacement: "regional" | "zonal"): this {
    return this.#with({ nodePlacement });
  }

  extensions(extensions: readonly VMExtension[]): this {
    return this.#with({ extensions });
  }

  automaticUpdates(automaticUpdates: boolean): this {
    return this.#with({ automaticUpdates });
  }

  licenseType(licenseType: "Windows_Server" | "Windows_Client"): this {
    return this.#with({ licenseType });
  }

  dedicatedNodes(dedicatedNodes: number): this {
    return this.#with({ fixed: { ...this.#settings.fixed, dedicatedNodes } });
  }

  spotNodes(spotNodes: number): this {
    return this.#with({ fixed: { ...this.#settings.fixed, spotNodes } });
  }

  autoscale(options: AutoscaleOptions): this {
    return this.#with({ scaling: { kind: "autoscale", options } });
  }

  autoscaleFormula(text: string, options: AutoscaleFormulaOptions = {}): this {
    return this.#with({ scaling: { kind: "formula", formula: { text, options } } });
  }

  explain(): string {
    const { scaling, inheritedSize, taskSlotsPerNode, existing } = this.#settings;
    const formula = scaling ?? inheritedSize?.scaling;
    const slots = taskSlotsPerNode ?? existing?.taskSlotsPerNode ?? 1;
    const problems: Problem[] = [];
    if (formula === undefined) {
      throw new InvalidArgumentError(
        "The pool has no formula to explain: say autoscale or autoscaleFormula.",
        {
          option: "pool.autoscale",
        },
      );
    }
    const parameter = scalingParameter(formula, slots, problems);
    refuseProblems("The pool", problems);
    return explainAutoscale(parameter, slots);
  }

  taskSlotsPerNode(taskSlotsPerNode: number): this {
    return this.#with({ taskSlotsPerNode });
  }

  taskFillType(taskFillType: "spread" | "pack"): this {
    return this.#with({ taskFillType });
  }

  startTask(startTask: StartTaskOptions): this {
    return this.#with({ startTask });
  }

  applicationPackages(applicationPackages: readonly ApplicationPackageReference[]): this {
    return this.#with({ applicationPackages });
  }

  mounts(mounts: readonly MountOptions[]): this {
    return this.#with({ mounts });
  }

  network(network: NetworkOptions): this {
    return this.#with({ network });
  }

  interNodeCommunication(enabled = true): this {
    return this.#with({ interNodeCommunication: enabled });
  }

  nodeCommunicationMode(nodeCommunicationMode: NodeCommunicationMode): this {
    return this.#with({ nodeCommunicationMode });
  }

  users(users: readonly UserOptions[]): this {
    return this.#with({ users });
  }

  metadata(metadata: Readonly<Record<string, string>>): this {
    return this.#with({ metadata });
  }

  resizeTimeout(resizeTimeout: Duration): this {
    return this.#with({ resizeTimeout });
  }

  displayName(displayName: string): this {
    return this.#with({ displayName });
  }

  build(): BuiltPool<string | undefined> {
    return poolParameter(this.#settings);
  }
}
