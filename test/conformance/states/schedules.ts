import { type JsonObject, objectOf, objectsOf } from "../json.js";
import { scheduleRequest } from "../made-from.js";
import type { Recording } from "../recordings.js";
import type { State, States } from "./state.js";

const jobSpecification = { poolInfo: { poolId: "nowhere" } };
const later = "2100-12-25T08:00:00Z";

function waitingSchedule(id: string): JsonObject {
  return { id, jobSpecification, schedule: { doNotRunUntil: later, startWindow: "PT06M00S" } };
}

const withSchedule = (body?: JsonObject, before?: string): State => ({
  async arrange(scene, _recording, [id]) {
    await scene.post("/jobschedules", waitingSchedule(id!));
    if (before !== undefined) await scene.post(`/jobschedules/${id}/${before}`);
    return body === undefined ? {} : { body };
  },
});

const add: State = {
  arrange: async (_scene, recording) => ({
    body: waitingSchedule(recording.headers.location!.split("/").at(-1)!),
  }),
};

/** Schedules like recorded ones, whose time has not come yet. */
const like = (schedules: readonly JsonObject[]): State => ({
  async arrange(scene) {
    for (const recorded of schedules) {
      const request = scheduleRequest(recorded);
      await scene.post("/jobschedules", {
        ...request,
        schedule: { ...objectOf(request.schedule), doNotRunUntil: later },
      });
    }
    return {};
  },
});

export const scheduleStates: States = {
  "POST /jobschedules": add,
  "GET /jobschedules": (recording: Recording) => like(objectsOf(objectOf(recording.body).value)),
  "GET /jobschedules/{}": (recording: Recording) => like([objectOf(recording.body)]),
  "HEAD /jobschedules/{}": withSchedule(),
  "PUT /jobschedules/{}": withSchedule({ schedule: { recurrenceInterval: "PT6H" }, jobSpecification }),
  "PATCH /jobschedules/{}": withSchedule({ schedule: { recurrenceInterval: "PT3H", startWindow: "PT1H" } }),
  "DELETE /jobschedules/{}": withSchedule(),
  "POST /jobschedules/{}/disable": withSchedule(),
  "POST /jobschedules/{}/enable": withSchedule(undefined, "disable"),
  "POST /jobschedules/{}/terminate": withSchedule(),
  "GET /jobschedules/{}/jobs": withSchedule(),
};
