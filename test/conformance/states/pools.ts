import { type JsonObject, objectOf, objectsOf, textOf } from "../json.js";
import { poolRequest } from "../made-from.js";
import type { Recording } from "../recordings.js";
import type { Scene } from "../scene.js";
import { frozen, type State, type States, slow } from "./state.js";

/** Adds what a pool refers to, and the pool. */
export async function addPool(scene: Scene, pool: JsonObject): Promise<void> {
  for (const reference of objectsOf(pool.certificateReferences)) {
    await addCertificate(scene, textOf(reference.thumbprint));
  }
  for (const { applicationId, version } of objectsOf(pool.applicationPackageReferences)) {
    scene.addPackage(textOf(applicationId), textOf(version) || "1.0");
  }
  await scene.post("/pools", pool);
}

export async function addCertificate(scene: Scene, thumbprint: string): Promise<void> {
  const found = await scene.send("GET", `/certificates(thumbprintAlgorithm=sha1,thumbprint=${thumbprint})`);
  if (found.status !== 200) await scene.post("/certificates", certificateRequest(scene, thumbprint));
}

export function certificateRequest(scene: Scene, thumbprint: string): JsonObject {
  const data = scene.certificates.get(thumbprint);
  if (data === undefined) throw new Error(`no recording holds the certificate ${thumbprint}`);
  return { thumbprint, thumbprintAlgorithm: "sha1", data, certificateFormat: "cer" };
}

/** A pool of a kind that has been there since the service began. */
export function cloudServicePool(id: string, more: JsonObject = {}): JsonObject {
  return { id, vmSize: "small", cloudServiceConfiguration: { osFamily: "4" }, ...more };
}

/** Adds a pool and waits until it has its nodes; gives their ids. */
export async function steadyPool(scene: Scene, pool: JsonObject): Promise<string[]> {
  await addPool(scene, pool);
  const id = textOf(pool.id);
  await scene.waitFor(`/pools/${id}`, ({ allocationState }) => allocationState === "steady");
  const nodes = await scene.waitFor(`/pools/${id}/nodes`, ({ value }) =>
    objectsOf(value).every(({ state }) => state === "idle"),
  );
  return objectsOf(nodes.value).map((node) => textOf(node.id));
}

const target = (dedicated: number): JsonObject => ({ targetDedicatedNodes: dedicated });
const formula = (dedicated: number): JsonObject => ({
  autoScaleFormula: `$TargetDedicatedNodes=${dedicated}`,
});

const withPool = (request: JsonObject | undefined, pool: JsonObject = {}): State => ({
  async arrange(scene, _recording, [id]) {
    await steadyPool(scene, cloudServicePool(id!, pool));
    return request === undefined ? {} : { body: request };
  },
});

const withAutoScaledPool = (request?: (recording: Recording) => JsonObject): State => ({
  async arrange(scene, recording, [id]) {
    await addPool(scene, cloudServicePool(id!, { enableAutoScale: true, ...formula(2) }));
    return request === undefined ? {} : { body: request(recording) };
  },
});

// The tests that were recorded ask for what is refused: the request is told by its answer.
function refusedPool(recording: Recording): JsonObject {
  const [first, second] = objectsOf(objectOf(recording.body).values);
  const value = textOf(second?.value ?? first?.value);
  const subnetId = /^Property subnetId with value (\S+) is not enabled/.exec(value)?.[1];
  if (subnetId !== undefined) return cloudServicePool("refused", { networkConfiguration: { subnetId } });
  const virtualMachineConfiguration = {
    nodeAgentSKUId: "batch.node.ubuntu 16.04",
    imageReference: { [textOf(first?.value)]: value },
  };
  return { id: "refused", vmSize: "Standard_A1", virtualMachineConfiguration };
}

function requestOf(recording: Recording): JsonObject {
  if (recording.requestBody) return objectOf(recording.requestBody);
  if (recording.status >= 400) return refusedPool(recording);
  return cloudServicePool(recording.headers.location!.split("/").at(-1)!);
}

const add: State = {
  async arrange(scene, recording) {
    const request = requestOf(recording);
    if (recording.status === 409) await addPool(scene, request);
    return { body: request };
  },
};

/** A pool that is being resized stays so; one that is steady becomes so. */
const get = (recording: Recording): State => ({
  speed: objectOf(recording.body).allocationState === "resizing" ? frozen : undefined,
  async arrange(scene, _recording, [id]) {
    const pool = objectOf(recording.body);
    if (pool.vmSize === undefined) await addPool(scene, cloudServicePool(id!));
    else await arrangePool(scene, pool);
    return {};
  },
});

async function arrangePool(scene: Scene, recorded: JsonObject): Promise<void> {
  if (recorded.allocationState === "resizing") return addPool(scene, poolRequest(recorded));
  const present = Number(recorded.currentDedicatedNodes);
  const pool = poolRequest(recorded);
  await steadyPool(scene, present === 0 ? pool : { ...pool, ...target(present) });
  if (recorded.allocationState !== "stopping") return;
  const id = textOf(pool.id);
  await scene.post(`/pools/${id}/resize`, { targetDedicatedNodes: recorded.targetDedicatedNodes! });
  await scene.post(`/pools/${id}/stopresize`);
}

const list = (recording: Recording): State => {
  const { value, "odata.nextLink": more } = objectOf(recording.body);
  const pools = objectsOf(value);
  const passing = pools.filter(({ allocationState }) => allocationState === "stopping");
  return {
    speed: passing.length > 0 ? slow : undefined,
    async arrange(scene) {
      for (const pool of pools.filter((one) => !passing.includes(one))) {
        if (pool.vmSize === undefined) await addPool(scene, cloudServicePool(textOf(pool.id)));
        else await arrangePool(scene, pool);
      }
      // One more than the page or the filter gives.
      if (more !== undefined || recording.path.includes("filter"))
        await addPool(scene, cloudServicePool("z"));
      for (const pool of passing) await arrangePool(scene, pool);
      return {};
    },
  };
};

const remove = (recording: Recording): State => ({
  speed: recording.status === 409 ? frozen : undefined,
  async arrange(scene, _recording, [id]) {
    await addPool(scene, cloudServicePool(id!));
    if (recording.status === 409) await scene.send("DELETE", `/pools/${id}`);
    return {};
  },
});

const stopResize: State = {
  speed: frozen,
  async arrange(scene, _recording, [id]) {
    await addPool(scene, cloudServicePool(id!, target(3)));
    return {};
  },
};

const removeNodes: State = {
  async arrange(scene, _recording, [id]) {
    const nodes = await steadyPool(scene, cloudServicePool(id!, target(2)));
    return { body: { nodeList: nodes, nodeDeallocationOption: "terminate" } };
  },
};

// Where the recorded formula was good, its result says what it was.
function evaluatedFormula(recording: Recording): JsonObject {
  const { results, error } = objectOf(recording.body);
  const good = textOf(results).split(";")[0]!;
  return { autoScaleFormula: error === undefined ? good : "something_useless" };
}

export const poolStates: States = {
  "POST /pools": add,
  "GET /pools": list,
  "GET /pools/{}": get,
  "HEAD /pools/{}": withPool(undefined),
  "DELETE /pools/{}": remove,
  "PATCH /pools/{}": withPool({ metadata: [{ name: "foo2", value: "bar2" }] }),
  "POST /pools/{}/updateproperties": withPool({
    metadata: [{ name: "foo", value: "bar" }],
    certificateReferences: [],
    applicationPackageReferences: [],
    startTask: { commandLine: "cmd /c echo hello > hello.txt" },
  }),
  "POST /pools/{}/resize": withPool({ targetDedicatedNodes: 3, targetLowPriorityNodes: 2 }),
  "POST /pools/{}/stopresize": stopResize,
  "POST /pools/{}/removenodes": removeNodes,
  "POST /pools/{}/enableautoscale": withPool({ ...formula(2), autoScaleEvaluationInterval: "PT6M" }),
  "POST /pools/{}/disableautoscale": withAutoScaledPool(),
  "POST /pools/{}/evaluateautoscale": withAutoScaledPool(evaluatedFormula),
};
