import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ModelName, models } from "../../../src/emulator/schema/models.js";
import { validate } from "../../../src/emulator/schema/validate.js";

const target = "2022-10-01.16.0";
const oldest = "2018-08-01.7.0";
const newest = "2025-06-01";

/** What is wrong, each as `code path` with the name or reason the service gives. */
function problemsOf(model: ModelName, body: unknown, apiVersion = target): string[] {
  return validate(model, body, apiVersion).map(
    ({ code, path, values }) => `${code} ${path}: ${values.at(-1)?.value ?? ""}`,
  );
}

const task = { id: "t1", commandLine: "true" };
const image = {
  imageReference: { publisher: "Canonical", offer: "UbuntuServer", sku: "18.04-LTS" },
  nodeAgentSKUId: "batch.node.ubuntu 18.04",
};
const pool = { id: "p1", vmSize: "STANDARD_D1_V2", virtualMachineConfiguration: image };
const job = { id: "j1", poolInfo: { poolId: "p1" } };

describe("good bodies", () => {
  it.each<[ModelName, unknown]>([
    ["TaskAddParameter", task],
    [
      "TaskAddParameter",
      { ...task, displayName: null, constraints: { maxWallClockTime: "PT06M00S", maxTaskRetryCount: -1 } },
    ],
    [
      "TaskAddParameter",
      { ...task, resourceFiles: [{ httpUrl: "http://host/a", filePath: "a/b.txt", fileMode: "0755" }] },
    ],
    ["TaskAddParameter", { ...task, dependsOn: { taskIds: ["a"], taskIdRanges: [{ start: 0, end: 17 }] } }],
    ["TaskAddParameter", { ...task, userIdentity: { autoUser: { scope: "Pool", elevationLevel: "ADMIN" } } }],
    ["TaskAddParameter", { ...task, "odata.type": "CloudTask", "resourceFiles@odata.type": "x" }],
    ["TaskAddCollectionParameter", { value: [task, { ...task, id: "t2" }] }],
    ["TaskUpdateParameter", {}],
    ["PoolAddParameter", pool],
    [
      "PoolAddParameter",
      {
        ...pool,
        targetDedicatedNodes: 1,
        taskSlotsPerNode: 4,
        taskSchedulingPolicy: { nodeFillType: "Pack" },
      },
    ],
    [
      "PoolAddParameter",
      {
        ...pool,
        enableAutoScale: true,
        autoScaleFormula: "$TargetDedicatedNodes=1",
        autoScaleEvaluationInterval: "PT6M",
      },
    ],
    ["PoolResizeParameter", { targetLowPriorityNodes: 0 }],
    ["NodeRemoveParameter", { nodeList: ["tvmps_1_d"], nodeDeallocationOption: "taskcompletion" }],
    [
      "JobAddParameter",
      { ...job, priority: -1000, maxParallelTasks: -1, metadata: [{ name: "a", value: "" }] },
    ],
    ["JobAddParameter", { ...job, jobReleaseTask: { commandLine: "true", maxWallClockTime: "PT15M" } }],
    ["JobAddParameter", { id: "j1", poolInfo: { autoPoolSpecification: { poolLifetimeOption: "job" } } }],
    [
      "JobScheduleAddParameter",
      {
        id: "s",
        schedule: { recurrenceInterval: "PT1M", doNotRunAfter: "2030-01-01T00:00:00Z" },
        jobSpecification: { poolInfo: { poolId: "p" } },
      },
    ],
    ["ComputeNodeUser", { name: "u", isAdmin: true, expiryTime: "2030-01-01T00:00:00.0000000Z" }],
    ["JobTerminateParameter", {}],
  ])("%s %#", (model, body) => {
    expect(problemsOf(model, body)).toEqual([]);
  });
});

describe("bodies that cannot be read", () => {
  const node = (found: string, expected: string) =>
    `An unexpected '${found}' node was found when reading from the JSON reader. A '${expected}' node was expected.`;
  const type = (name: string) =>
    `Cannot convert a primitive value to the expected type '${name}'. See the inner exception for more details.`;

  it.each<[ModelName, unknown, string, string]>([
    ["TaskAddParameter", [], "", node("StartArray", "StartObject")],
    ["TaskAddParameter", "task", "", node("PrimitiveValue", "StartObject")],
    ["TaskAddParameter", null, "", node("PrimitiveValue", "StartObject")],
    ["TaskAddParameter", { ...task, id: 7 }, "id", type("Edm.String")],
    [
      "TaskAddParameter",
      { ...task, commandLine: ["true"] },
      "commandLine",
      node("StartArray", "PrimitiveValue"),
    ],
    [
      "TaskAddParameter",
      { ...task, commandLine: { file: "true" } },
      "commandLine",
      node("StartObject", "PrimitiveValue"),
    ],
    ["TaskAddParameter", { ...task, requiredSlots: "2" }, "requiredSlots", type("Edm.Int32")],
    ["TaskAddParameter", { ...task, requiredSlots: 1.5 }, "requiredSlots", type("Edm.Int32")],
    ["TaskAddParameter", { ...task, requiredSlots: 2 ** 31 }, "requiredSlots", type("Edm.Int32")],
    ["TaskAddParameter", { ...task, resourceFiles: {} }, "resourceFiles", node("StartObject", "StartArray")],
    [
      "TaskAddParameter",
      { ...task, resourceFiles: ["a"] },
      "resourceFiles[0]",
      node("PrimitiveValue", "StartObject"),
    ],
    [
      "TaskAddParameter",
      { ...task, constraints: "P1D" },
      "constraints",
      node("PrimitiveValue", "StartObject"),
    ],
    [
      "TaskAddParameter",
      { ...task, constraints: { maxWallClockTime: "1 hour" } },
      "constraints.maxWallClockTime",
      type("Edm.Time"),
    ],
    [
      "JobScheduleAddParameter",
      { id: "s", schedule: { doNotRunUntil: "soon" }, jobSpecification: job },
      "schedule.doNotRunUntil",
      type("Edm.DateTime"),
    ],
    [
      "JobAddParameter",
      { ...job, usesTaskDependencies: "true" },
      "usesTaskDependencies",
      type("Edm.Boolean"),
    ],
  ])("%s %#", (model, body, path, reason) => {
    expect(validate(model, body, target)[0]).toEqual({
      code: "InvalidRequestBody",
      path,
      values: [{ key: "Reason", value: path === "" ? reason : `${reason} Path: '${path}'.` }],
    });
  });

  it("names an unknown property, its type and its place", () => {
    const body = { ...task, resourceFiles: [{ httpURL: "http://host/a", filePath: "a" }] };
    expect(validate("TaskAddParameter", body, target)[0]).toEqual({
      code: "InvalidRequestBody",
      path: "resourceFiles[0].httpURL",
      values: [
        {
          key: "Reason",
          value:
            "The property 'httpURL' does not exist on type 'Microsoft.Azure.Batch.Protocol.Entities.ResourceFile'. " +
            "Make sure to only use property names that are defined by the type. Path: 'resourceFiles[0].httpURL'.",
        },
      ],
    });
    expect(
      problemsOf("TaskAddParameter", JSON.parse('{"__proto__":{},"id":"t","commandLine":"x"}'))[0],
    ).toMatch(/^InvalidRequestBody __proto__:/);
  });
});

describe("missing properties", () => {
  it.each<[ModelName, unknown, string[]]>([
    ["TaskAddParameter", {}, ["id", "commandLine"]],
    ["TaskAddParameter", { ...task, commandLine: null }, ["commandLine"]],
    [
      "TaskAddParameter",
      { ...task, environmentSettings: [{ name: "A" }, {}] },
      ["environmentSettings[1].name"],
    ],
    ["JobAddParameter", { id: "j" }, ["poolInfo"]],
    ["JobDisableParameter", {}, ["disableTasks"]],
    [
      "PoolUpdatePropertiesParameter",
      {},
      ["certificateReferences", "applicationPackageReferences", "metadata"],
    ],
    ["PoolAddParameter", { ...pool, enableAutoScale: true }, ["autoScaleFormula"]],
    [
      "TaskAddParameter",
      { ...task, resourceFiles: [{ httpUrl: "http://host/a" }] },
      ["resourceFiles[0].filePath"],
    ],
  ])("%s %#", (model, body, paths) => {
    const problems = validate(model, body, target);
    expect(problems.map(({ path }) => path)).toEqual(paths);
    expect(problems[0]).toMatchObject({
      code: "MissingRequiredProperty",
      values: [{ key: "PropertyName", value: paths[0]?.replace(/^.*\./, "") }],
    });
  });

  it("are named together where any one of them would do", () => {
    expect(validate("PoolResizeParameter", {}, target)[0]?.values).toEqual([
      { key: "PropertyName", value: "targetDedicatedNodes and/or targetLowPriorityNodes" },
    ]);
    expect(problemsOf("PoolAddParameter", { id: "p", vmSize: "a" })).toEqual([
      "MissingRequiredProperty virtualMachineConfiguration: virtualMachineConfiguration or cloudServiceConfiguration",
    ]);
    expect(
      problemsOf("TaskAddParameter", {
        ...task,
        outputFiles: [
          { filePattern: "*", destination: {}, uploadOptions: { uploadCondition: "tasksuccess" } },
        ],
      }),
    ).toEqual(["MissingRequiredProperty outputFiles[0].destination.container: container"]);
    expect(problemsOf("JobAddParameter", { id: "j", poolInfo: {} })).toEqual([
      "MissingRequiredProperty poolInfo.poolId: poolId or autoPoolSpecification",
    ]);
  });
});

describe("values that are refused", () => {
  it.each<[ModelName, unknown, string, string]>([
    ["TaskAddParameter", { ...task, id: "a b" }, "id", "a b"],
    ["TaskAddParameter", { ...task, id: "" }, "id", ""],
    ["TaskAddParameter", { ...task, id: "x".repeat(65) }, "id", "x".repeat(65)],
    ["TaskAddParameter", { ...task, id: "a\n" }, "id", "a\n"],
    ["TaskAddParameter", { ...task, requiredSlots: 0 }, "requiredSlots", "0"],
    [
      "TaskAddParameter",
      { ...task, constraints: { maxTaskRetryCount: -2 } },
      "constraints.maxTaskRetryCount",
      "-2",
    ],
    [
      "TaskAddParameter",
      { ...task, constraints: { retentionTime: "-PT1S" } },
      "constraints.retentionTime",
      "-PT1S",
    ],
    ["TaskAddParameter", { ...task, displayName: "x".repeat(1025) }, "displayName", "x".repeat(1025)],
    [
      "TaskAddParameter",
      { ...task, userIdentity: { autoUser: { scope: "world" } } },
      "userIdentity.autoUser.scope",
      "world",
    ],
    [
      "TaskAddParameter",
      { ...task, userIdentity: { username: "u", autoUser: {} } },
      "userIdentity.autoUser",
      "{}",
    ],
    [
      "TaskAddParameter",
      { ...task, resourceFiles: [{ httpUrl: "h", filePath: "../a" }] },
      "resourceFiles[0].filePath",
      "../a",
    ],
    [
      "TaskAddParameter",
      { ...task, resourceFiles: [{ httpUrl: "h", filePath: "/a" }] },
      "resourceFiles[0].filePath",
      "/a",
    ],
    [
      "TaskAddParameter",
      { ...task, resourceFiles: [{ httpUrl: "h", filePath: "a", storageContainerUrl: "c" }] },
      "resourceFiles[0].storageContainerUrl",
      "c",
    ],
    [
      "TaskAddParameter",
      { ...task, resourceFiles: [{ httpUrl: "h", filePath: "a", blobPrefix: "b" }] },
      "resourceFiles[0].blobPrefix",
      "b",
    ],
    [
      "TaskAddParameter",
      { ...task, dependsOn: { taskIdRanges: [{ start: 2, end: 1 }] } },
      "dependsOn.taskIdRanges[0].end",
      "1",
    ],
    [
      "TaskAddParameter",
      { ...task, multiInstanceSettings: { coordinationCommandLine: "x", numberOfInstances: 0 } },
      "multiInstanceSettings.numberOfInstances",
      "0",
    ],
    ["PoolAddParameter", { ...pool, targetDedicatedNodes: -1 }, "targetDedicatedNodes", "-1"],
    ["PoolAddParameter", { ...pool, taskSlotsPerNode: 257 }, "taskSlotsPerNode", "257"],
    ["PoolAddParameter", { ...pool, resizeTimeout: "PT4M59S" }, "resizeTimeout", "PT4M59S"],
    [
      "PoolAddParameter",
      { ...pool, cloudServiceConfiguration: { osFamily: "4" } },
      "cloudServiceConfiguration",
      '{"osFamily":"4"}',
    ],
    ["PoolAddParameter", { ...pool, autoScaleFormula: "x" }, "autoScaleFormula", "x"],
    [
      "PoolAddParameter",
      { ...pool, enableAutoScale: true, autoScaleFormula: "x=1", targetDedicatedNodes: 1 },
      "targetDedicatedNodes",
      "1",
    ],
    [
      "PoolEnableAutoScaleParameter",
      { autoScaleEvaluationInterval: "PT299S" },
      "autoScaleEvaluationInterval",
      "PT299S",
    ],
    [
      "PoolEnableAutoScaleParameter",
      { autoScaleEvaluationInterval: "P7DT1S" },
      "autoScaleEvaluationInterval",
      "P7DT1S",
    ],
    ["JobAddParameter", { ...job, priority: 1001 }, "priority", "1001"],
    ["JobAddParameter", { ...job, maxParallelTasks: 0 }, "maxParallelTasks", "0"],
    ...["a/b", "x".repeat(21)].map((autoPoolIdPrefix): [ModelName, unknown, string, string] => [
      "AutoPoolSpecification",
      { poolLifetimeOption: "job", autoPoolIdPrefix },
      "autoPoolIdPrefix",
      autoPoolIdPrefix,
    ]),
    ["JobAddParameter", { ...job, onAllTasksComplete: "explode" }, "onAllTasksComplete", "explode"],
    [
      "JobAddParameter",
      { ...job, jobReleaseTask: { commandLine: "x", maxWallClockTime: "PT16M" } },
      "jobReleaseTask.maxWallClockTime",
      "PT16M",
    ],
    [
      "JobAddParameter",
      { ...job, jobReleaseTask: { commandLine: "x", retentionTime: "-PT1S" } },
      "jobReleaseTask.retentionTime",
      "-PT1S",
    ],
    [
      "JobScheduleAddParameter",
      { id: "s", schedule: { startWindow: "PT59S" }, jobSpecification: { poolInfo: { poolId: "p" } } },
      "schedule.startWindow",
      "PT59S",
    ],
    ["NodeRemoveParameter", { nodeList: [] }, "nodeList", "[]"],
    [
      "NodeRemoveParameter",
      { nodeList: Array(101).fill("n") },
      "nodeList",
      JSON.stringify(Array(101).fill("n")),
    ],
    [
      "TaskAddCollectionParameter",
      { value: Array(101).fill(task) },
      "value",
      JSON.stringify(Array(101).fill(task)),
    ],
  ])("%s %#", (model, body, path, value) => {
    expect(validate(model, body, target)).toEqual([
      {
        code: "InvalidPropertyValue",
        path,
        values: [
          { key: "PropertyName", value: path.replace(/^.*\./, "").replace(/\[\d+\]$/, "") },
          { key: "PropertyValue", value },
          { key: "Reason", value: expect.any(String) },
        ],
      },
    ]);
  });

  it("an empty metadata key has a code of its own", () => {
    expect(problemsOf("JobAddParameter", { ...job, metadata: [{ name: "", value: "" }] })).toEqual([
      "EmptyMetadataKey metadata[0].name: ",
    ]);
  });

  it("come after what cannot be read", () => {
    const body = { id: "a b", requiredSlots: 0, nonsense: 1 };
    expect(validate("TaskAddParameter", body, target).map(({ code }) => code)).toEqual([
      "InvalidRequestBody",
      "InvalidPropertyValue",
      "InvalidPropertyValue",
      "MissingRequiredProperty",
    ]);
  });
});

describe("api-versions", () => {
  it("older ones know older names", () => {
    expect(problemsOf("PoolAddParameter", { ...pool, maxTasksPerNode: 4 }, oldest)).toEqual([]);
    expect(problemsOf("PoolAddParameter", { ...pool, maxTasksPerNode: 0 }, oldest)).toHaveLength(1);
    expect(problemsOf("PoolAddParameter", { ...pool, taskSlotsPerNode: 4 }, oldest)[0]).toContain(
      "does not exist",
    );
    expect(problemsOf("PoolAddParameter", { ...pool, maxTasksPerNode: 4 })[0]).toContain("does not exist");
  });

  it("older ones know older names of what has conditions", () => {
    const file = { blobSource: "https://a/b", filePath: "b" };
    expect(problemsOf("TaskAddParameter", { ...task, resourceFiles: [file] }, oldest)).toEqual([]);
    const unnamed = { ...task, resourceFiles: [{ blobSource: "https://a/b" }] };
    expect(problemsOf("TaskAddParameter", unnamed, oldest)[0]).toContain("MissingRequiredProperty");
    expect(problemsOf("TaskAddParameter", { ...task, resourceFiles: [file] }, "2018-12-01.8.0")[0]).toContain(
      "does not exist",
    );
  });

  it("newer ones let a patch change more, and demand no certificates", () => {
    expect(problemsOf("PoolPatchParameter", { taskSlotsPerNode: 4 }, newest)).toEqual([]);
    expect(problemsOf("PoolPatchParameter", { taskSlotsPerNode: "many" }, newest)).toHaveLength(1);
    expect(problemsOf("PoolPatchParameter", { taskSlotsPerNode: 4 })[0]).toContain("does not exist");
    const properties = { applicationPackageReferences: [], metadata: [] };
    expect(problemsOf("PoolUpdatePropertiesParameter", properties, newest)).toEqual([]);
    expect(problemsOf("PoolUpdatePropertiesParameter", properties)).toHaveLength(1);
  });

  it.each<[string, ModelName, unknown, string]>([
    ["mountConfiguration", "PoolAddParameter", { ...pool, mountConfiguration: [] }, "2019-08-01.10.0"],
    ["requiredSlots", "TaskAddParameter", { ...task, requiredSlots: 1 }, "2020-09-01.12.0"],
    ["maxParallelTasks", "JobAddParameter", { ...job, maxParallelTasks: 1 }, "2021-06-01.14.0"],
    ["allowTaskPreemption", "JobAddParameter", { ...job, allowTaskPreemption: true }, "2022-01-01.15.0"],
    [
      "targetNodeCommunicationMode",
      "PoolAddParameter",
      { ...pool, targetNodeCommunicationMode: "simplified" },
      target,
    ],
  ])("%s exists since its version", (property, model, body, since) => {
    const versions = [
      oldest,
      "2019-08-01.10.0",
      "2020-03-01.11.0",
      "2020-09-01.12.0",
      "2021-06-01.14.0",
      "2022-01-01.15.0",
      target,
      newest,
    ];
    for (const version of versions) {
      const problems = problemsOf(model, body, version);
      expect(problems.join()).toMatch(version >= since ? /^$/ : new RegExp(`'${property}' does not exist`));
    }
  });

  it("newer ones may send what the models do not know, but not a wrong type", () => {
    const body = { ...pool, upgradePolicy: { mode: "manual" }, resourceTags: { a: "b" } };
    expect(problemsOf("PoolAddParameter", body, newest)).toEqual([]);
    expect(
      problemsOf("PoolAddParameter", { ...pool, taskSchedulingPolicy: { nodeFillType: "new" } }, newest),
    ).toEqual([]);
    expect(problemsOf("PoolAddParameter", { ...body, vmSize: 1 }, newest)).toHaveLength(1);
  });

  it("that are none are a mistake of the caller", () => {
    expect(() => validate("TaskAddParameter", task, "latest")).toThrow(RangeError);
  });
});

describe("any JSON", () => {
  it("is compared only where it can be", () => {
    const start = Object.create(null) as object;
    expect(() => validate("TaskIdRange", { start, end: 1 }, target)).not.toThrow();
  });

  it("is checked without an exception", () => {
    const names = fc.constantFrom(...Object.values(models).flatMap((schema) => Object.keys(schema)));
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: "medium" },
        fc.jsonValue(),
        fc.constantFrom("PT1M", "2024-01-01", "job", "spread"),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(names, tie("value"), { maxKeys: 4 }),
      ),
    }));
    const modelNames = fc.constantFrom(...(Object.keys(models) as ModelName[]));
    fc.assert(
      fc.property(modelNames, value, fc.constantFrom(oldest, target, newest), (model, body, version) => {
        for (const problem of validate(model, body, version)) expect(problem.path).toBeTypeOf("string");
      }),
      { numRuns: 2000 },
    );
  });
});
