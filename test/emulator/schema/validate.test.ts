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

/** A pool with something in its machines or its endpoints. */
const machine = (more: object): object => ({
  ...pool,
  virtualMachineConfiguration: { ...image, ...more },
});
const nat = { name: "web", protocol: "tcp", backendPort: 80 };
const range = (frontendPortRangeStart: number, frontendPortRangeEnd: number): object => ({
  frontendPortRangeStart,
  frontendPortRangeEnd,
});
const endpoints = (...inboundNATPools: object[]): object => ({
  ...pool,
  networkConfiguration: { endpointConfiguration: { inboundNATPools } },
});
const rule = { priority: 150, access: "allow", sourceAddressPrefix: "*" };
const rules = (...networkSecurityGroupRules: object[]): object =>
  endpoints({ ...nat, ...range(1000, 1100), networkSecurityGroupRules });
const natPath = "networkConfiguration.endpointConfiguration.inboundNATPools";

describe("the machines, disks, users, mounts and endpoints of a pool", () => {
  const windows = { ...image, nodeAgentSKUId: "batch.node.windows amd64" };
  const blobs = { accountName: "a", containerName: "c", relativeMountPath: "m" };
  const nfs = { source: "s", relativeMountPath: "m" };
  const user = { name: "u", password: "p" };
  const galleryId = "/subscriptions/s/resourceGroups/r/providers/Microsoft.Compute/galleries/g/images/i";

  it.each<[string, object]>([
    ["a range of 40 ports", endpoints({ ...nat, ...range(1000, 1039) })],
    [
      "two endpoints",
      endpoints({ ...nat, ...range(1, 40) }, { ...nat, name: "w.2_", backendPort: 81, ...range(41, 80) }),
    ],
    [
      "rules of every kind",
      rules(
        { ...rule, sourcePortRanges: ["22", "100-200"] },
        { ...rule, priority: 151, sourceAddressPrefix: "192.168.1.0/24", sourcePortRanges: ["*"] },
        { ...rule, priority: 4096, sourceAddressPrefix: "VirtualNetwork", access: "deny" },
      ),
    ],
    ["4 slots for each core", { ...pool, vmSize: "Standard_D3_v2", taskSlotsPerNode: 16 }],
    [
      "as many slots as a size of its own may have",
      { ...pool, vmSize: "this_computer", taskSlotsPerNode: 256 },
    ],
    ["an image of a gallery", machine({ imageReference: { virtualMachineImageId: galleryId } })],
    ["encryption on Linux", machine({ diskEncryptionConfiguration: { targets: ["TemporaryDisk"] } })],
    [
      "Windows",
      {
        ...pool,
        userAccounts: [{ ...user, windowsUserConfiguration: { loginMode: "batch" } }],
        virtualMachineConfiguration: {
          ...windows,
          windowsConfiguration: { enableAutomaticUpdates: false },
          licenseType: "Windows_Server",
          diskEncryptionConfiguration: { targets: ["osdisk", "temporarydisk"] },
        },
      },
    ],
    [
      "mounts",
      {
        ...pool,
        mountConfiguration: [
          { nfsMountConfiguration: nfs },
          { azureBlobFileSystemConfiguration: { ...blobs, sasKey: "s" } },
        ],
      },
    ],
    [
      "a user with both ids",
      { ...pool, userAccounts: [{ ...user, linuxUserConfiguration: { uid: 1, gid: 2 } }] },
    ],
    ["licences", { ...pool, applicationLicenses: ["maya", "vray"] }],
  ])("take %s", (_what, body) => {
    expect(problemsOf("PoolAddParameter", body)).toEqual([]);
  });

  it.each<[string, object, string]>([
    [
      "a port of the service",
      endpoints({ ...nat, backendPort: 22, ...range(1, 99) }),
      `${natPath}[0].backendPort`,
    ],
    ["no port", endpoints({ ...nat, backendPort: 65536, ...range(1, 99) }), `${natPath}[0].backendPort`],
    ["a narrow range", endpoints({ ...nat, ...range(1000, 1038) }), `${natPath}[0].frontendPortRangeEnd`],
    [
      "a reserved range",
      endpoints({ ...nat, ...range(49000, 50000) }),
      `${natPath}[0].frontendPortRangeStart`,
    ],
    ["a high port", endpoints({ ...nat, ...range(60000, 65535) }), `${natPath}[0].frontendPortRangeEnd`],
    ["a bad name", endpoints({ ...nat, name: "_a", ...range(1, 99) }), `${natPath}[0].name`],
    ["a name with a bad end", endpoints({ ...nat, name: "a-", ...range(1, 99) }), `${natPath}[0].name`],
    ["a long name", endpoints({ ...nat, name: "a".repeat(78), ...range(1, 99) }), `${natPath}[0].name`],
    [
      "a name twice",
      endpoints({ ...nat, ...range(1, 99) }, { ...nat, backendPort: 81, ...range(100, 199) }),
      `${natPath}[1].name`,
    ],
    [
      "a port twice",
      endpoints({ ...nat, ...range(1, 99) }, { ...nat, name: "b", ...range(100, 199) }),
      `${natPath}[1].backendPort`,
    ],
    [
      "ranges that overlap",
      endpoints({ ...nat, ...range(1, 99) }, { ...nat, name: "b", backendPort: 81, ...range(99, 199) }),
      `${natPath}[1].frontendPortRangeStart`,
    ],
    [
      "six endpoints",
      endpoints(
        ...[0, 1, 2, 3, 4, 5].map((i) => ({
          ...nat,
          name: `n${i}`,
          backendPort: 80 + i,
          ...range(100 * i + 1, 100 * i + 99),
        })),
      ),
      natPath,
    ],
    [
      "a low priority",
      rules({ ...rule, priority: 149 }),
      `${natPath}[0].networkSecurityGroupRules[0].priority`,
    ],
    ["a priority twice", rules(rule, rule), `${natPath}[0].networkSecurityGroupRules[1].priority`],
    [
      "26 rules",
      rules(...Array.from({ length: 26 }, (_, i) => ({ ...rule, priority: 150 + i }))),
      `${natPath}[0].networkSecurityGroupRules`,
    ],
    [
      "a bad source",
      rules({ ...rule, sourceAddressPrefix: "1.2.3.4/33" }),
      `${natPath}[0].networkSecurityGroupRules[0].sourceAddressPrefix`,
    ],
    [
      "source ports that overlap",
      rules({ ...rule, sourcePortRanges: ["1-20", "20"] }),
      `${natPath}[0].networkSecurityGroupRules[0].sourcePortRanges`,
    ],
    [
      "endpoints without addresses",
      {
        ...pool,
        networkConfiguration: {
          publicIPAddressConfiguration: { provision: "noPublicIPAddresses" },
          endpointConfiguration: { inboundNATPools: [] },
        },
      },
      "networkConfiguration.endpointConfiguration",
    ],
    [
      "endpoints of a cloud service",
      {
        id: "p",
        vmSize: "small",
        cloudServiceConfiguration: { osFamily: "6" },
        networkConfiguration: { endpointConfiguration: { inboundNATPools: [] } },
      },
      "networkConfiguration.endpointConfiguration",
    ],
    ["too many slots for the cores", { ...pool, taskSlotsPerNode: 5 }, "taskSlotsPerNode"],
    [
      "an id that is none",
      machine({ imageReference: { virtualMachineImageId: "x" } }),
      "virtualMachineConfiguration.imageReference.virtualMachineImageId",
    ],
    [
      "an id and a version",
      machine({ imageReference: { virtualMachineImageId: galleryId, version: "latest" } }),
      "virtualMachineConfiguration.imageReference.version",
    ],
    [
      "half an image",
      machine({ imageReference: { publisher: "a", offer: "b" } }),
      "virtualMachineConfiguration.imageReference.sku",
    ],
    [
      "Windows settings on Linux",
      machine({ windowsConfiguration: {} }),
      "virtualMachineConfiguration.windowsConfiguration",
    ],
    [
      "a Windows licence on Linux",
      machine({ licenseType: "Windows_Server" }),
      "virtualMachineConfiguration.licenseType",
    ],
    [
      "an encrypted system disk on Linux",
      machine({ diskEncryptionConfiguration: { targets: ["osdisk"] } }),
      "virtualMachineConfiguration.diskEncryptionConfiguration.targets",
    ],
    [
      "containers of no kind",
      machine({ containerConfiguration: { type: "box" } }),
      "virtualMachineConfiguration.containerConfiguration.type",
    ],
    [
      "a high lun",
      machine({ dataDisks: [{ lun: 64, diskSizeGB: 1 }] }),
      "virtualMachineConfiguration.dataDisks[0].lun",
    ],
    [
      "a lun twice",
      machine({
        dataDisks: [
          { lun: 1, diskSizeGB: 1 },
          { lun: 1, diskSizeGB: 1 },
        ],
      }),
      "virtualMachineConfiguration.dataDisks[1].lun",
    ],
    [
      "a mount of nothing",
      { ...pool, mountConfiguration: [{}] },
      "mountConfiguration[0].azureBlobFileSystemConfiguration",
    ],
    [
      "two mounts in one",
      {
        ...pool,
        mountConfiguration: [
          { nfsMountConfiguration: nfs, cifsMountConfiguration: { ...nfs, username: "u", password: "p" } },
        ],
      },
      "mountConfiguration[0].cifsMountConfiguration",
    ],
    [
      "two keys of one storage account",
      {
        ...pool,
        mountConfiguration: [
          { azureBlobFileSystemConfiguration: { ...blobs, sasKey: "s", accountKey: "k" } },
        ],
      },
      "mountConfiguration[0].azureBlobFileSystemConfiguration.sasKey",
    ],
    [
      "a long user name",
      { ...pool, userAccounts: [{ ...user, name: "u".repeat(21) }] },
      "userAccounts[0].name",
    ],
    [
      "a user with one id",
      { ...pool, userAccounts: [{ ...user, linuxUserConfiguration: { uid: 1 } }] },
      "userAccounts[0].linuxUserConfiguration.gid",
    ],
    [
      "a Windows user on Linux",
      { ...pool, userAccounts: [{ ...user, windowsUserConfiguration: {} }] },
      "userAccounts[0].windowsUserConfiguration",
    ],
    ["a licence nobody sells", { ...pool, applicationLicenses: ["maya", "paint"] }, "applicationLicenses"],
    [
      "a system of clouds that is none",
      { id: "p", vmSize: "small", cloudServiceConfiguration: { osFamily: "1" } },
      "cloudServiceConfiguration.osFamily",
    ],
    [
      "a certificate by another algorithm",
      { ...pool, certificateReferences: [{ thumbprint: "a", thumbprintAlgorithm: "md5" }] },
      "certificateReferences[0].thumbprintAlgorithm",
    ],
    [
      "a prefix of one file",
      {
        ...pool,
        startTask: {
          commandLine: "x",
          resourceFiles: [{ httpUrl: "https://example.com/f", filePath: "f", blobPrefix: "b" }],
        },
      },
      "startTask.resourceFiles[0].blobPrefix",
    ],
  ])("refuse %s", (_what, body, path) => {
    expect(validate("PoolAddParameter", body, target).map((problem) => problem.path)).toEqual([path]);
  });

  it("let newer versions have the ports of SSH and RDP", () => {
    const body = endpoints({ ...nat, backendPort: 22, ...range(1000, 1100) });
    expect(problemsOf("PoolAddParameter", body, newest)).toEqual([]);
  });

  it("hold for auto pools too", () => {
    const { id: _, ...specification } = machine({ windowsConfiguration: {} }) as { id: string };
    const autoPoolSpecification = { poolLifetimeOption: "job", pool: specification };
    expect(problemsOf("JobAddParameter", { id: "j", poolInfo: { autoPoolSpecification } })).toHaveLength(1);
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
      { ...task, resourceFiles: [{ httpUrl: "http://h", filePath: "../a" }] },
      "resourceFiles[0].filePath",
      "../a",
    ],
    [
      "TaskAddParameter",
      { ...task, resourceFiles: [{ httpUrl: "http://h", filePath: "/a" }] },
      "resourceFiles[0].filePath",
      "/a",
    ],
    [
      "TaskAddParameter",
      { ...task, resourceFiles: [{ httpUrl: "http://h", filePath: "a", storageContainerUrl: "http://c" }] },
      "resourceFiles[0].storageContainerUrl",
      "http://c",
    ],
    [
      "TaskAddParameter",
      { ...task, resourceFiles: [{ httpUrl: "http://h/Acoustics_Test Scene.vox", filePath: "a" }] },
      "resourceFiles[0].httpUrl",
      "http://h/Acoustics_Test Scene.vox",
    ],
    [
      "UploadBatchServiceLogsConfiguration",
      { containerUrl: "c", startTime: "2024-01-01" },
      "containerUrl",
      "c",
    ],
    [
      "TaskAddParameter",
      { ...task, resourceFiles: [{ httpUrl: "https://example.com/a", filePath: "a", blobPrefix: "b" }] },
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
    expect(problemsOf("PoolAddParameter", { ...body, vmSize: 1 }, newest)).toHaveLength(1);
    const policy = { taskSchedulingPolicy: { nodeFillType: "sideways" } };
    expect(problemsOf("PoolAddParameter", { ...pool, ...policy }, newest)).toHaveLength(1);
  });

  it("newer ones know newer values, and no more what was removed", () => {
    const disk = { lun: 0, diskSizeGB: 1, storageAccountType: "StandardSSD_LRS" };
    const disks = { ...pool, virtualMachineConfiguration: { ...image, dataDisks: [disk] } };
    expect(problemsOf("PoolAddParameter", disks, newest)).toEqual([]);
    expect(problemsOf("PoolAddParameter", disks)).toHaveLength(1);
    const cloud = { id: "p", vmSize: "small", cloudServiceConfiguration: { osFamily: "6" } };
    expect(problemsOf("PoolAddParameter", cloud)).toEqual([]);
    expect(problemsOf("PoolAddParameter", cloud, newest)[0]).toContain("does not exist");
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

  it("is taken for the name of a node agent only where it is text", () => {
    for (const nodeAgentSKUId of [{ toString: 1, valueOf: 1 }, [Object.create(null)]])
      expect(validate("VirtualMachineConfiguration", { nodeAgentSKUId }, target)).not.toEqual([]);
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

it("of a million faults costs no more than one of a few, and is not repeated", () => {
  const nothing = Array.from({ length: 1_000_000 }, () => 1);
  expect(validate("JobAddParameter", { ...job, metadata: nothing }, target).length).toBeLessThan(200);
  const nodeList = nothing.map(String);
  const [problem] = validate("NodeRemoveParameter", { nodeList }, target);
  expect(problem?.values[1]?.value.length).toBeLessThan(20_000);
});
