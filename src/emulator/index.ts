import { randomBytes } from "node:crypto";
import type { AddressInfo } from "node:net";
import { createClock } from "./clock.js";
import { createApplicationLibrary } from "./execution/applications.js";
import { createAutoStorage } from "./execution/auto-storage.js";
import { startGuardian } from "./execution/guardian.js";
import { createLauncher } from "./execution/launcher.js";
import { createSignIn } from "./execution/managed-identities.js";
import { killProcessesOf } from "./execution/stray-processes.js";
import { createWorkspace } from "./execution/workspace.js";
import { createServer, type ServerOptions } from "./http/server.js";
import { requireLoopback } from "./loopback.js";
import { routeTable } from "./operations/route-table.js";
import { requestDispatch } from "./scheduling/dispatch.js";
import { afterTask, checkIdle } from "./scheduling/job-lifecycle.js";
import { startSampling } from "./scheduling/metric-sampling.js";
import { stopNode } from "./scheduling/node-lifecycle.js";
import { Retention } from "./scheduling/retention.js";
import { afterJob } from "./scheduling/schedule-lifecycle.js";
import { type Service, serviceWaits } from "./service.js";
import { createAccount } from "./state/account.js";
import type { NodeRecord } from "./state/node.js";

export type { NodeDeallocationOption } from "../autoscale/constants.js";
export type { AutoScaleTargets } from "../autoscale/environment.js";
export type { AutoScaleError } from "./autoscale/evaluate.js";
export {
  AutoScaleSimulationError,
  type AutoScaleSimulationOptions,
  type SimulatedTask,
} from "./autoscale/simulation-options.js";
export {
  type AutoScaleSimulation,
  type SimulatedEvaluation,
  type SimulationPoint,
  simulateAutoscale,
} from "./autoscale/simulator.js";
export { ConnectionStringError } from "./execution/auto-storage.js";
export { LoopbackOnlyError } from "./loopback.js";

/** Options of {@link startEmulator}; each has a default. */
export interface EmulatorOptions {
  /** Address to listen on: a loopback address or `localhost`. Default `127.0.0.1`. */
  host?: string;
  /** Port to listen on. Default 0: the system chooses one. */
  port?: number;
  /** Name of the one Batch account. Default `devbatchaccount`. */
  accountName?: string;
  /** Its key, in Base64. Default: a new random one. */
  accountKey?: string;
  /** Connection string of the storage account that is linked to the Batch account (auto storage). Default: none. */
  storage?: string;
  /** Certificate and private key in PEM form. With them the emulator serves HTTPS, without them HTTP. */
  tls?: { cert: string; key: string };
  /**
   * Takes bearer tokens of this audience too, such as `https://batch.core.windows.net/`. Their audience and expiry are
   * checked, their signature is not. Default: no bearer tokens.
   */
  bearerAudience?: string;
  /**
   * Where nodes get tokens of managed identities: the URL of something that answers as a virtual machine's metadata service
   * (IMDS) does. Files with an `identityReference` are read and written with them, and tasks find the URL in
   * `AZURE_POD_IDENTITY_AUTHORITY_HOST`, where Azure's client libraries look. Default: nodes have no identities.
   */
  metadataService?: string;
  /** Divides the service's own waits, such as those of node allocation; never a task's time. Default 1. */
  speed?: number;
  /** The `PATH` that tasks get. Default: the usual system directories. */
  path?: string;
  /** Folder of application packages: `<application>/<version>.zip` or `<application>/<version>/`. Default: none. */
  applications?: string;
  /** How much the account may have. Default: no limits. */
  quotas?: Partial<EmulatorQuotas>;
  /** Told of faults inside the emulator; clients see them as status 500. Default: written to stderr. */
  onInternalError?: (error: unknown) => void;
}

/** Limits of the account. Cores are counted as the name of a VM size tells them. */
export interface EmulatorQuotas {
  /** Pools at a time. */
  pools: number;
  /** Jobs and job schedules that have not ended, at a time. */
  activeJobsAndSchedules: number;
  /** Cores of dedicated nodes. */
  dedicatedCores: number;
  /** Cores of Spot nodes. */
  lowPriorityCores: number;
}

/** A running emulator. */
export interface Emulator {
  /** Where clients reach it, without a slash at the end. */
  readonly batchUrl: string;
  /** The account's name. */
  readonly accountName: string;
  /** In Base64, as Batch clients take it. */
  readonly accountKey: string;
  /** Ends every task, removes every file and closes the port. */
  close(): Promise<void>;
}

const noLimits: EmulatorQuotas = {
  pools: Number.POSITIVE_INFINITY,
  activeJobsAndSchedules: Number.POSITIVE_INFINITY,
  dedicatedCores: Number.POSITIVE_INFINITY,
  lowPriorityCores: Number.POSITIVE_INFINITY,
};

const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * Starts an emulator of the Azure Batch data plane in this process. Its tasks are programs of this machine.
 *
 * @throws {@link LoopbackOnlyError} when asked to listen beyond this machine
 * @throws {@link ConnectionStringError} when `storage` names no storage account and key
 * @throws RangeError when `speed` is no number greater than 0, `accountKey` no Base64, or `metadataService` no URL
 * @example
 * ```ts
 * import { startEmulator } from "azure-batch-parallel/emulator";
 *
 * const emulator = await startEmulator();
 * console.log(emulator.batchUrl, emulator.accountName, emulator.accountKey);
 * await emulator.close();
 * ```
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const host = options.host ?? "127.0.0.1";
  requireLoopback(host);
  const accountName = options.accountName ?? "devbatchaccount";
  const accountKey = options.accountKey ?? randomBytes(64).toString("base64");
  const key = decodedKey(accountKey);
  const report = options.onInternalError ?? ((error: unknown) => console.error(error));
  const autoStorage = createAutoStorage(options.storage);
  const clock = createClock(speedOf(options), report);
  const workspace = createWorkspace();
  const guardian = startGuardian(workspace);
  const service: Service = {
    accountName,
    url: "",
    clock,
    account: createAccount(clock.now()),
    workspace,
    launcher: createLauncher(workspace.groups),
    taskPath: options.path ?? defaultPath,
    autoStorage,
    signIn: createSignIn(options.metadataService),
    metadataService: metadataServiceOf(options),
    applications: createApplicationLibrary(options.applications),
    quotas: { ...noLimits, ...options.quotas },
    events: {
      poolHasWork: (pool) => requestDispatch(service, pool),
      taskCompleted(task) {
        retention.keep(task);
        afterTask(service, task);
      },
      jobIsIdle: (job) => checkIdle(service, job, serviceWaits.jobTransition),
      jobEnded: (job) => afterJob(service, job),
    },
    inBackground: (work) => void work.catch(report),
  };
  const retention = new Retention(service);
  const release = async (): Promise<void> => {
    clock.stop();
    await service.launcher.close();
    await workspace.remove();
    await guardian.release();
  };
  const serverOptions: ServerOptions = {
    operations: routeTable,
    credentials: {
      accountName,
      key,
      bearerAudience: options.bearerAudience,
      jobOfToken: (token) => service.account.taskTokens.get(token)?.id,
    },
    tls: options.tls,
    onInternalError: report,
  };
  const server = await serve(service, serverOptions, host, options.port ?? 0).catch(async (error) => {
    await release();
    throw error;
  });
  startSampling(service);
  const { port, family, address } = server.server.address() as AddressInfo;
  const shownHost = family === "IPv6" ? `[${address}]` : address;
  service.url = `${options.tls === undefined ? "http" : "https"}://${shownHost}:${port}`;

  let closed: Promise<void> | undefined;
  const shutDown = async (): Promise<void> => {
    await server.close();
    clock.stop();
    await endAll(service);
    await release();
  };
  return {
    batchUrl: service.url,
    accountName,
    accountKey,
    close: () => {
      closed ??= shutDown();
      return closed;
    },
  };
}

async function serve(service: Service, options: ServerOptions, host: string, port: number) {
  const server = createServer(service, options);
  await server.listen({ host, port });
  return server;
}

// What is no Base64 would make a key that is shorter than it looks, or none at all.
function decodedKey(accountKey: string): Buffer {
  if (/^[A-Za-z0-9+/]+={0,2}$/.test(accountKey)) return Buffer.from(accountKey, "base64");
  throw new RangeError("The option accountKey has to be Base64");
}

function metadataServiceOf({ metadataService }: EmulatorOptions): string | undefined {
  if (
    metadataService === undefined ||
    (/^https?:\/\//i.test(metadataService) && URL.canParse(metadataService))
  )
    return metadataService;
  throw new RangeError(`The option metadataService has to be an http URL, not ${metadataService}`);
}

function speedOf({ speed = 1 }: EmulatorOptions): number {
  if (Number.isFinite(speed) && speed > 0) return speed;
  throw new RangeError(`The option speed has to be a number greater than 0, not ${speed}`);
}

async function endAll(service: Service): Promise<void> {
  for (const job of service.account.jobs.values()) job.state = "deleting";
  const nodes: NodeRecord[] = [];
  for (const pool of service.account.pools.values()) {
    pool.readyJobs = [];
    nodes.push(...pool.nodes.values());
  }
  await Promise.all(nodes.map(endNode));
  const folder = service.workspace.root;
  await killProcessesOf({ variable: "AZ_BATCH_ACCOUNT_URL", value: service.url, folder });
}

async function endNode(node: NodeRecord): Promise<void> {
  node.pool.slots.remove(node);
  node.life.abort();
  for (const attempt of node.attempts) attempt.abort.abort();
  await Promise.all([...node.attempts].map((attempt) => attempt.ended));
  await stopNode(node);
}
