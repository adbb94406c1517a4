import { type JsonObject, objectOf, objectsOf } from "../json.js";
import { jobRequest } from "../made-from.js";
import type { Recording } from "../recordings.js";
import type { Scene } from "../scene.js";
import { cloudServicePool, steadyPool } from "./pools.js";
import type { State, States } from "./state.js";

/** A job on a pool that does not exist: its tasks stay active. */
export function waitingJob(id: string, more: JsonObject = {}): JsonObject {
  return { id, poolInfo: { poolId: "nowhere" }, ...more };
}

const withJob = (body?: JsonObject, before?: string): State => ({
  async arrange(scene, _recording, [id]) {
    await scene.post("/jobs", waitingJob(id!));
    if (before !== undefined) await scene.post(`/jobs/${id}/${before}`, { disableTasks: "requeue" });
    return body === undefined ? {} : { body };
  },
});

const add: State = {
  arrange: async (_scene, recording) => ({
    body: recording.requestBody ? recording.requestBody : waitingJob("job"),
  }),
};

const like = (jobs: readonly JsonObject[]): State => ({
  async arrange(scene) {
    for (const job of jobs) await scene.post("/jobs", jobRequest(job));
    return {};
  },
});

/** Tasks that have ended, well and badly, as many as were counted. */
const counts: State = {
  async arrange(scene, recording, [id]) {
    const body = objectOf(recording.body);
    const { active, running, succeeded, failed } = body.taskCounts ? objectOf(body.taskCounts) : body;
    if (active !== 0 || running !== 0) throw new Error("no state is known for tasks that have not ended");
    await steadyPool(scene, cloudServicePool("pool", { targetDedicatedNodes: 1 }));
    await scene.post("/jobs", { id: id!, poolInfo: { poolId: "pool" } });
    await addTasks(scene, id!, "good", Number(succeeded), "true");
    await addTasks(scene, id!, "bad", Number(failed), "false");
    await scene.waitFor(`/jobs/${id}/tasks`, ({ value }) =>
      objectsOf(value).every(({ state }) => state === "completed"),
    );
    return {};
  },
};

async function addTasks(
  scene: Scene,
  job: string,
  name: string,
  count: number,
  commandLine: string,
): Promise<void> {
  for (let n = 1; n <= count; n++)
    await scene.post(`/jobs/${job}/tasks`, { id: `${name}-${n}`, commandLine });
}

const update = { priority: 500, constraints: { maxTaskRetryCount: 3 }, poolInfo: { poolId: "nowhere" } };

export const jobStates: States = {
  "POST /jobs": add,
  "GET /jobs": (recording: Recording) => like(objectsOf(objectOf(recording.body).value)),
  "GET /jobs/{}": (recording: Recording) => like([objectOf(recording.body)]),
  "PATCH /jobs/{}": withJob({ onAllTasksComplete: "terminatejob" }),
  "PUT /jobs/{}": withJob(update),
  "DELETE /jobs/{}": withJob(),
  "POST /jobs/{}/disable": withJob({ disableTasks: "requeue" }),
  "POST /jobs/{}/enable": withJob(undefined, "disable"),
  "POST /jobs/{}/terminate": withJob(),
  "GET /jobs/{}/taskcounts": counts,
  "GET /jobs/{}/jobpreparationandreleasetaskstatus": withJob(),
};
