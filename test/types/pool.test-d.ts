/* Checked by the compiler alone: what a pool can be said to be, and what excludes each other, which does not compile. */
import type { PoolParameter, PoolSpecification } from "../../src/azure/parameters/index.js";
import type { BatchPool } from "../../src/azure/resources/index.js";
import type { NodeDeallocationOption } from "../../src/builders/autoscale.js";
import {
  almaLinux,
  type GalleryImage,
  galleryImage,
  type Image,
  type MarketplaceImage,
  ubuntu,
  ubuntuHpc,
  windowsServer,
} from "../../src/builders/images.js";
import type { ContainerRegistryOptions } from "../../src/builders/pool/containers.js";
import type { MountOptions } from "../../src/builders/pool/mounts.js";
import type { EndpointOptions, NetworkOptions } from "../../src/builders/pool/network.js";
import type { StartTaskOptions } from "../../src/builders/pool/start-task.js";
import type { UserOptions } from "../../src/builders/pool/users.js";
import {
  type AutoscaledPoolBuilder,
  type FixedPoolBuilder,
  type PoolBuilder,
  pool,
  type UnsizedPoolBuilder,
} from "../../src/builders/pool.js";
import { type Equal, expectTrue } from "./expect.js";

const named = pool("render").vmSize("Standard_D4s_v5").image(ubuntu("24.04"));

// Each method gives the pool's type on; a size gives a narrower one.
const described = named
  .containers({ images: ["python:3.12"] })
  .dataDisks([{ diskSizeGB: 64 }])
  .diskEncryption()
  .ephemeralOSDisk()
  .nodePlacement("zonal")
  .interNodeCommunication()
  .nodeCommunicationMode("simplified")
  .metadata({ team: "film" });
expectTrue<Equal<typeof described, UnsizedPoolBuilder<"render">>>();
const fixed = described.dedicatedNodes(1).users([{ name: "painter", password: "…" }]);
expectTrue<Equal<typeof fixed, FixedPoolBuilder<"render">>>();
const scaled = described.autoscale({ max: 5, nodeDeallocationOption: "requeue" }).taskSlotsPerNode(4);
expectTrue<Equal<typeof scaled, AutoscaledPoolBuilder<"render">>>();
const byFormula = described.autoscaleFormula("$TargetDedicatedNodes = 1", { startNodes: 1 });
expectTrue<Equal<typeof byFormula, AutoscaledPoolBuilder<"render">>>();
const explanation = byFormula.explain();
expectTrue<Equal<typeof explanation, string>>();
const everyPool: PoolBuilder[] = [described, fixed, scaled, byFormula];
const built = byFormula.build();
expectTrue<Equal<typeof built, PoolParameter>>();
everyPool.pop();

// A pool has one size: each way to say it excludes the others.
// @ts-expect-error: it has a fixed size
fixed.autoscaleFormula("$TargetDedicatedNodes = 1");
// @ts-expect-error: it has a fixed size, and no formula to explain
fixed.explain();
// @ts-expect-error: it has no size yet, and no formula to explain
described.explain();
// @ts-expect-error: it has a formula
byFormula.dedicatedNodes(1);
// @ts-expect-error: it has a formula
byFormula.spotNodes(1);
// @ts-expect-error: it has a formula of its own
byFormula.autoscale({ max: 5 });
// @ts-expect-error: it has options
scaled.autoscaleFormula("$TargetDedicatedNodes = 1");
// @ts-expect-error: a formula is text
described.autoscaleFormula(5);
// @ts-expect-error: there is no such option
described.autoscaleFormula("$TargetDedicatedNodes = 1", { start: 1 });
// @ts-expect-error: there is no such deallocation option
described.autoscale({ max: 5, nodeDeallocationOption: "wait" });
expectTrue<Equal<NodeDeallocationOption, "requeue" | "terminate" | "taskcompletion" | "retaineddata">>();

// Images.
expectTrue<Equal<ReturnType<typeof windowsServer>, MarketplaceImage>>();
expectTrue<Equal<ReturnType<typeof galleryImage>, GalleryImage>>();
const images: Image[] = [
  ubuntuHpc("24.04"),
  almaLinux("9", { generation: 1 }),
  galleryImage("/subscriptions/…", { nodeAgentSKUId: "batch.node.el 9" }),
];
images.pop();
// @ts-expect-error: an image is of the marketplace or of a gallery
named.image({ virtualMachineImageId: "/…", publisher: "p", offer: "o", sku: "s", nodeAgentSKUId: "a" });
// @ts-expect-error: an image of a gallery needs its node agent
galleryImage("/subscriptions/…");
// @ts-expect-error: an image is no text
named.image("ubuntu");
// @ts-expect-error: Batch has no such image
windowsServer("2016");
// @ts-expect-error: there is one image for both generations
ubuntuHpc("24.04", { generation: 1 });

// Containers: a registry is read by a user or by an identity.
const identityReference = { resourceId: "/subscriptions/…" };
const registries: ContainerRegistryOptions[] = [
  { username: "reader", password: "…" },
  { registryServer: "ours.azurecr.io", identityReference },
];
named.containers({ registries });
// @ts-expect-error: it is one or the other
named.containers({ registries: [{ registryServer: "a", username: "b", password: "…", identityReference }] });
// @ts-expect-error: a user has a password
named.containers({ registries: [{ username: "reader" }] });
// @ts-expect-error: there is no such technology
named.containers({ type: "docker" });

// Disks and Windows.
// @ts-expect-error: a disk has a size
named.dataDisks([{ lun: 1 }]);
// @ts-expect-error: there is no such caching
named.dataDisks([{ diskSizeGB: 1, caching: "all" }]);
// @ts-expect-error: there is no such disk
named.diskEncryption(["datadisk"]);
// @ts-expect-error: there is no such licence
named.licenseType("Windows");
// @ts-expect-error: there is no such placement
named.nodePlacement("global");
// @ts-expect-error: an extension has a publisher
named.extensions([{ name: "a", type: "b" }]);

// The network: endpoints need addresses.
const endpoint: EndpointOptions = {
  name: "web",
  protocol: "tcp",
  backendPort: 80,
  frontendPortRange: [1000, 1100],
};
const networks: NetworkOptions[] = [
  { endpoints: [endpoint] },
  { endpoints: [endpoint], publicIPAddresses: ["/subscriptions/…"] },
  { publicIPAddresses: "nopublicipaddresses", subnetId: "/subscriptions/…" },
];
networks.pop();
// @ts-expect-error: there is nothing to reach them by
named.network({ publicIPAddresses: "nopublicipaddresses", endpoints: [endpoint] });
// @ts-expect-error: that is no list of addresses
named.network({ publicIPAddresses: [] });
// @ts-expect-error: a range has two ends
named.network({ endpoints: [{ ...endpoint, frontendPortRange: [1000] }] });
// @ts-expect-error: there is no such protocol
named.network({ endpoints: [{ ...endpoint, protocol: "http" }] });
// @ts-expect-error: there is no such mode
named.nodeCommunicationMode("fast");

// Mounts: each kind has what it needs, and a container of Blob Storage one way to be read.
const blob = {
  type: "azureBlob",
  accountName: "a",
  containerName: "b",
  relativeMountPath: "c",
} as const;
const mounts: MountOptions[] = [
  { ...blob, sasKey: "…" },
  { ...blob, identityReference },
  { type: "nfs", source: "10.0.0.4:/a", relativeMountPath: "d" },
];
named.mounts(mounts);
// @ts-expect-error: it is read by a key or by a SAS
named.mounts([{ ...blob, sasKey: "…", accountKey: "…" }]);
// @ts-expect-error: it is read by something
named.mounts([blob]);
// @ts-expect-error: NFS has no password
named.mounts([{ type: "nfs", source: "10.0.0.4:/a", relativeMountPath: "d", password: "…" }]);
// @ts-expect-error: there is no such kind
named.mounts([{ type: "smb", source: "//a/b", relativeMountPath: "d" }]);

// Users.
const users: UserOptions[] = [
  { name: "a", password: "…", linux: { uid: 1, gid: 2 } },
  { name: "b", password: "…", windows: { loginMode: "batch" } },
];
named.users(users);
// @ts-expect-error: a number of the user goes with that of its group
named.users([{ name: "a", password: "…", linux: { uid: 1 } }]);
// @ts-expect-error: a user has a password
named.users([{ name: "a" }]);

// The start task.
const startTasks: StartTaskOptions[] = [
  { windowsCommand: ["setup.exe", "/quiet"], elevationLevel: "admin" },
  { command: ["apt-get", "update"], userIdentity: { username: "painter" } },
  { commandLine: "/bin/true", container: { imageName: "python:3.12" } },
];
startTasks.pop();
// @ts-expect-error: it is for one system
named.startTask({ command: ["true"], windowsCommand: ["true"] });
// @ts-expect-error: the user says so itself
named.startTask({ command: ["true"], elevationLevel: "admin", userIdentity: { username: "painter" } });

// Pools begun as others are.
const larger = pool.from(fixed, "larger");
expectTrue<Equal<typeof larger, UnsizedPoolBuilder<"larger">>>();
declare const given: BatchPool;
const asGiven = pool.from(given, "as-given");
expectTrue<Equal<typeof asGiven, UnsizedPoolBuilder<"as-given">>>();
const ofOneRun = pool.from({ vmSize: "Standard_D4s_v5", taskSchedulingPolicy: { nodeFillType: "Spread" } });
expectTrue<Equal<typeof ofOneRun, UnsizedPoolBuilder<undefined>>>();
const specification = ofOneRun.autoscale({ max: 5 }).build();
expectTrue<Equal<typeof specification, PoolSpecification>>();
// @ts-expect-error: that is no pool
pool.from("render");
// @ts-expect-error: nor is that
pool.from({ colour: "red" });
