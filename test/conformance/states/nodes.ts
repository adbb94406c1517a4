import { type JsonObject, objectOf, objectsOf, textOf } from "../json.js";
import { nodePoolRequest } from "../made-from.js";
import type { Recording } from "../recordings.js";
import { addPool, cloudServicePool, steadyPool } from "./pools.js";
import { type Arranged, type State, type States, slow } from "./state.js";

const startTask = { commandLine: "cmd /c echo hello > hello.txt" };

/** An idle node, which has run a start task. */
const idleNode = (body?: JsonObject): State => ({
  async arrange(scene, _recording, [poolId]) {
    const [node] = await steadyPool(scene, cloudServicePool(poolId!, { targetDedicatedNodes: 1, startTask }));
    return body === undefined ? { node: node! } : { node: node!, body };
  },
});

/** What is done to the node before. */
const after = (state: State, method: string, action: string, body?: JsonObject): State => ({
  ...state,
  async arrange(scene, recording, ids): Promise<Arranged> {
    const arranged = await state.arrange(scene, recording, ids);
    await scene.send(method, `/pools/${ids[0]}/nodes/${arranged.node}/${action}`, body);
    return arranged;
  },
});

const user = (name: string): JsonObject => ({ name, isAdmin: false, password: "a-Secret-1" });

const addUser: State = {
  arrange: (scene, recording, ids) =>
    idleNode(user(recording.headers.location!.split("/").at(-1)!)).arrange(scene, recording, ids),
};

const withUser = (body?: JsonObject): State => ({
  arrange: (scene, recording, ids) =>
    after(idleNode(body), "POST", "users", user(ids[2]!)).arrange(scene, recording, ids),
});

/** Nodes that are idle become so; nodes that are being created are read at once. */
function nodesLike(nodes: readonly JsonObject[]): State {
  const passing = nodes.some(({ state }) => state !== "idle");
  return {
    speed: passing ? slow : undefined,
    async arrange(scene, _recording, [poolId]) {
      const pool = nodePoolRequest(poolId!, nodes);
      if (!passing) return { node: (await steadyPool(scene, pool))[0]! };
      await addPool(scene, pool);
      const states = nodes.map(({ state }) => state);
      const { value } = await scene.waitFor(`/pools/${poolId}/nodes`, (body) => {
        const found = objectsOf(body.value);
        return found.length === nodes.length && found.every(({ state }) => states.includes(state!));
      });
      return { node: textOf(objectsOf(value)[0]!.id) };
    },
  };
}

const uploadLogs: State = {
  arrange: (scene, recording, ids) =>
    idleNode({ containerUrl: `${scene.storage.url}/logs`, startTime: "2018-02-25T00:00:00Z" }).arrange(
      scene,
      recording,
      ids,
    ),
};

const disabled = after(idleNode(), "POST", "disablescheduling");

export const nodeStates: States = {
  "GET /pools/{}/nodes": (recording: Recording) => nodesLike(objectsOf(objectOf(recording.body).value)),
  "GET /pools/{}/nodes/{}": (recording: Recording) => nodesLike([objectOf(recording.body)]),
  "GET /pools/{}/nodes/{}/rdp": idleNode(),
  "POST /pools/{}/nodes/{}/reboot": idleNode(),
  "POST /pools/{}/nodes/{}/reimage": idleNode(),
  "POST /pools/{}/nodes/{}/disablescheduling": idleNode(),
  "POST /pools/{}/nodes/{}/enablescheduling": disabled,
  "POST /pools/{}/nodes/{}/uploadbatchservicelogs": uploadLogs,
  "POST /pools/{}/nodes/{}/users": addUser,
  "PUT /pools/{}/nodes/{}/users/{}": withUser({ password: "another-Secret-2" }),
  "DELETE /pools/{}/nodes/{}/users/{}": withUser(),
  "GET /pools/{}/nodes/{}/files": idleNode(),
  "GET /pools/{}/nodes/{}/files/{}": idleNode(),
  "HEAD /pools/{}/nodes/{}/files/{}": idleNode(),
  "DELETE /pools/{}/nodes/{}/files/{}": idleNode(),
};
