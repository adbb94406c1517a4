import { type JsonObject, objectOf, objectsOf, textOf } from "../json.js";
import { taskRequest } from "../made-from.js";
import type { Recording } from "../recordings.js";
import type { Scene } from "../scene.js";
import { waitingJob } from "./jobs.js";
import { cloudServicePool, steadyPool } from "./pools.js";
import type { State, States } from "./state.js";

const withTask = (body?: JsonObject, before?: string): State => ({
  async arrange(scene, _recording, [job, task]) {
    await scene.post("/jobs", waitingJob(job!));
    await scene.post(`/jobs/${job}/tasks`, { id: task!, commandLine: "ping 127.0.0.1 -n 20" });
    if (before !== undefined) await scene.post(`/jobs/${job}/tasks/${task}/${before}`);
    return body === undefined ? {} : { body };
  },
});

const add: State = {
  async arrange(scene, recording, [job]) {
    await scene.post("/jobs", waitingJob(job!, { usesTaskDependencies: true }));
    if (recording.requestBody) return {};
    const id = recording.headers.location!.split("/").at(-1)!;
    return { body: { id, commandLine: "cmd /c echo hello world" } };
  },
};

/** Tasks like recorded ones, that waited, ran or ended as these did. */
function like(tasks: readonly JsonObject[]): State {
  return {
    async arrange(scene, _recording, [job]) {
      await addJobFor(scene, job!, tasks);
      for (const task of tasks) await addTask(scene, job!, task);
      return {};
    },
  };
}

const ubuntuMachine: JsonObject = {
  nodeAgentSKUId: "batch.node.ubuntu 18.04",
  imageReference: { publisher: "canonical", offer: "ubuntuserver", sku: "18.04-lts" },
};
const windowsMachine: JsonObject = {
  nodeAgentSKUId: "batch.node.windows amd64",
  imageReference: { publisher: "microsoftwindowsserver", offer: "windowsserver", sku: "2012-r2-datacenter" },
};

async function addJobFor(scene: Scene, id: string, tasks: readonly JsonObject[]): Promise<void> {
  const [task] = tasks;
  const poolId = textOf(objectOf(task?.nodeInfo).poolId);
  if (poolId !== "") {
    const { userName } = objectOf(task?.userIdentity);
    const accounts = userName === undefined ? [] : [{ name: userName, password: "a-Secret-1" }];
    const windows = textOf(objectOf(task?.nodeInfo).taskRootDirectory).includes("\\");
    const virtualMachineConfiguration = windows ? windowsMachine : ubuntuMachine;
    await steadyPool(scene, {
      id: poolId,
      vmSize: "STANDARD_D1_V2",
      virtualMachineConfiguration,
      targetDedicatedNodes: 1,
      ...(accounts.length === 0 ? {} : { userAccounts: accounts }),
    });
  }
  const { maxTaskRetryCount } = objectOf(task?.constraints);
  await scene.post("/jobs", {
    ...waitingJob(id, poolId === "" ? {} : { poolInfo: { poolId } }),
    usesTaskDependencies: true,
    ...(maxTaskRetryCount === undefined ? {} : { constraints: { maxTaskRetryCount } }),
    ...(task?.exitConditions === undefined ? {} : { onTaskFailure: "performExitOptionsJobAction" }),
  });
}

async function addTask(scene: Scene, job: string, recorded: JsonObject): Promise<void> {
  const { state, previousState } = recorded;
  const { exitCode } = objectOf(recorded.executionInfo);
  const place = `/jobs/${job}/tasks/${textOf(recorded.id)}`;
  for (const { applicationId, version } of objectsOf(recorded.applicationPackageReferences)) {
    scene.addPackage(textOf(applicationId), textOf(version) || "1.0");
  }
  if (typeof exitCode === "number") scene.exitWith(exitCode);
  if (state === "running") scene.hold();

  await scene.post(`/jobs/${job}/tasks`, withOurStorage(scene, taskRequest(recorded)));
  if (state === "active") {
    if (previousState !== "completed") return;
    await scene.post(`${place}/terminate`);
    return scene.post(`${place}/reactivate`);
  }
  await scene.waitFor(place, (task) => task.state === state);
}

function withOurStorage(scene: Scene, task: JsonObject): JsonObject {
  const text = JSON.stringify(task).replaceAll("https://storage.blob.core.windows.net", scene.storage.url);
  return objectOf(JSON.parse(text));
}

/** A task that has ended, with its files. */
const endedTask: State = {
  async arrange(scene, _recording, [job, task]) {
    await steadyPool(scene, cloudServicePool("pool", { targetDedicatedNodes: 1 }));
    await scene.post("/jobs", { id: job!, poolInfo: { poolId: "pool" } });
    await scene.post(`/jobs/${job}/tasks`, { id: task!, commandLine: "cmd /c echo hello world" });
    await scene.waitFor(`/jobs/${job}/tasks/${task}`, ({ state }) => state === "completed");
    return {};
  },
};

export const taskStates: States = {
  "POST /jobs/{}/tasks": add,
  "POST /jobs/{}/addtaskcollection": add,
  "GET /jobs/{}/tasks": (recording: Recording) => like(objectsOf(objectOf(recording.body).value)),
  "GET /jobs/{}/tasks/{}": (recording: Recording) => like([objectOf(recording.body)]),
  "PUT /jobs/{}/tasks/{}": withTask({ constraints: { maxTaskRetryCount: 3 } }),
  "DELETE /jobs/{}/tasks/{}": withTask(),
  "POST /jobs/{}/tasks/{}/terminate": withTask(),
  "POST /jobs/{}/tasks/{}/reactivate": withTask(undefined, "terminate"),
  "GET /jobs/{}/tasks/{}/subtasksinfo": withTask(),
  "GET /jobs/{}/tasks/{}/files": endedTask,
  "GET /jobs/{}/tasks/{}/files/{}": endedTask,
  "HEAD /jobs/{}/tasks/{}/files/{}": endedTask,
  "DELETE /jobs/{}/tasks/{}/files/{}": endedTask,
};
