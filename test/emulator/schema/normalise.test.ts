import { describe, expect, it } from "vitest";
import { normalise } from "../../../src/emulator/schema/normalise.js";

const target = "2022-10-01.16.0";

describe("normalise", () => {
  it("writes durations, times, enum values and VM sizes as the service does", () => {
    expect(
      normalise(
        "PoolAddParameter",
        {
          id: "Pool",
          vmSize: "STANDARD_D1_V2",
          resizeTimeout: "PT06M00S",
          taskSchedulingPolicy: { nodeFillType: "pack" },
          certificateReferences: [
            { thumbprint: "A", thumbprintAlgorithm: "sha1", storeLocation: "currentuser" },
          ],
        },
        target,
      ),
    ).toEqual({
      id: "Pool",
      vmSize: "standard_d1_v2",
      resizeTimeout: "PT6M",
      taskSchedulingPolicy: { nodeFillType: "Pack" },
      certificateReferences: [{ thumbprint: "A", thumbprintAlgorithm: "sha1", storeLocation: "CurrentUser" }],
    });
    expect(
      normalise(
        "JobScheduleAddParameter",
        {
          schedule: { doNotRunUntil: "2024-01-01T02:00:00.500+02:00" },
          jobSpecification: { onTaskFailure: "NoAction" },
        },
        target,
      ),
    ).toEqual({
      schedule: { doNotRunUntil: "2024-01-01T00:00:00.5Z" },
      jobSpecification: { onTaskFailure: "noaction" },
    });
  });

  it("spells a value as its property does, though others spell it otherwise", () => {
    const resize = { nodeDeallocationOption: "TaskCompletion" };
    expect(normalise("PoolResizeParameter", resize, target)).toEqual({
      nodeDeallocationOption: "taskcompletion",
    });
    const outputFiles = [{ uploadOptions: { uploadCondition: "taskcompletion" } }];
    expect(normalise("TaskAddParameter", { outputFiles }, target)).toEqual({
      outputFiles: [{ uploadOptions: { uploadCondition: "TaskCompletion" } }],
    });
  });

  it("leaves out null", () => {
    expect(
      normalise(
        "TaskAddParameter",
        { id: "t", displayName: null, constraints: { retentionTime: null } },
        target,
      ),
    ).toEqual({
      id: "t",
      constraints: {},
    });
  });

  it("keeps what newer versions send, and keeps old properties under their present names", () => {
    const body = { id: "p", resourceTags: { A: "b" }, taskSchedulingPolicy: { jobDefaultOrder: "None" } };
    expect(normalise("PoolAddParameter", body, "2024-07-01.20.0")).toEqual(body);
    expect(normalise("PoolAddParameter", { maxTasksPerNode: 4 }, "2020-03-01.11.0")).toEqual({
      taskSlotsPerNode: 4,
    });
  });

  it("is safe with names of Object.prototype", () => {
    const body = JSON.parse('{"id":"p","__proto__":{"polluted":1},"constructor":2}');
    const kept = normalise("PoolAddParameter", body, "2024-07-01.20.0");
    expect(Object.getPrototypeOf(kept)).toBe(Object.prototype);
    expect(Object.keys(kept)).toEqual(["id", "__proto__", "constructor"]);
  });

  it("leaves out what OData says about the JSON", () => {
    expect(
      normalise(
        "TaskAddParameter",
        { "odata.metadata": "m", id: "t", "resourceFiles@odata.type": "x", commandLine: "c" },
        target,
      ),
    ).toEqual({ id: "t", commandLine: "c" });
  });
});
