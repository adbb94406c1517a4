import type { ResourceFile } from "../../../src/azure/parameters/index.js";
import { task } from "../../../src/builders/task.js";
import type { ParameterCoverage } from "./parameter-case.js";

const resourceId =
  "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i";
const identityReference = { resourceId };

/** All properties of resource files, which exclude each other in one. */
export const allResourceFiles: readonly ResourceFile[] = [
  { httpUrl: "https://example.com/a", filePath: "a", fileMode: "0755", identityReference },
  { storageContainerUrl: "https://example.com/container", blobPrefix: "in/", filePath: "data" },
  { autoStorageContainerName: "container" },
];

/** All properties of output files. */
export const allOutputFiles = [
  {
    filePattern: "../std*.txt",
    destination: {
      container: {
        containerUrl: "https://example.com/container",
        path: "logs",
        identityReference,
        uploadHeaders: [{ name: "Content-Type", value: "text/plain" }],
      },
    },
    uploadOptions: { uploadCondition: "taskfailure" },
  },
] as const;

/** All properties of containers' settings, of which a registry has either a user or an identity. */
export const allContainers = [
  {
    imageName: "python:3.12",
    containerRunOptions: "--rm",
    workingDirectory: "containerImageDefault",
    registry: { registryServer: "registry.example.com", username: "me", password: "secret" },
  },
  { imageName: "python:3.12", registry: { registryServer: "registry.example.com", identityReference } },
] as const;

export const allApplicationPackages = [{ applicationId: "blender", version: "4.2" }] as const;

const base = task("task").commandLine("/bin/false");

export const taskCoverage: ParameterCoverage = {
  parameter: "TaskAddParameter",
  base: () => base.build(),
  cases: [
    { method: "task", build: () => task("another").commandLine("/bin/false").build() },
    { method: "displayName", build: () => base.displayName("First").build() },
    { method: "command", build: () => task("task").command`wc -l ${"a b"}`.build() },
    { method: "windowsCommand", build: () => task("task").windowsCommand(["a.exe", "b c", 'd"']).build() },
    { method: "commandLine", build: () => task("task").commandLine("/bin/true").build() },
    ...allContainers.map((container) => ({
      method: "container",
      build: () => base.container(container).build(),
    })),
    {
      method: "exitConditions",
      build: () =>
        base
          .exitConditions({
            exitCodes: [{ code: 3, jobAction: "none", dependencyAction: "satisfy" }],
            exitCodeRanges: [{ start: 4, end: 9, jobAction: "disable", dependencyAction: "block" }],
            preProcessingError: { jobAction: "terminate", dependencyAction: "block" },
            fileUploadError: { jobAction: "none", dependencyAction: "satisfy" },
            default: { jobAction: "disable", dependencyAction: "satisfy" },
          })
          .build(),
    },
    { method: "resourceFiles", build: () => base.resourceFiles(allResourceFiles).build() },
    { method: "outputFiles", build: () => base.outputFiles(allOutputFiles).build() },
    { method: "env", build: () => base.env({ LANG: "C" }).build() },
    { method: "affinity", build: () => base.affinity("TVM:tvmps_1_d").build() },
    { method: "maxWallClockTime", build: () => base.maxWallClockTime("1h").build() },
    { method: "retentionTime", build: () => base.retentionTime("1d").build() },
    { method: "maxRetries", build: () => base.maxRetries(3).build() },
    { method: "requiredSlots", build: () => base.requiredSlots(2).build() },
    { method: "userIdentity", build: () => base.userIdentity({ username: "me" }).build() },
    {
      method: "userIdentity",
      build: () => base.userIdentity({ scope: "task", elevationLevel: "admin" }).build(),
    },
    {
      method: "multiInstance",
      build: () =>
        base
          .multiInstance({
            numberOfInstances: 2,
            coordination: { command: ["true"] },
            commonResourceFiles: allResourceFiles,
          })
          .build(),
    },
    { method: "dependsOn", build: () => base.dependsOn("before", { start: 1, end: 3 }).build() },
    {
      method: "applicationPackages",
      build: () => base.applicationPackages(allApplicationPackages).build(),
    },
    { method: "authenticationToken", build: () => base.authenticationToken().build() },
  ],
};
