import { ubuntu } from "../../../src/builders/images.js";
import { type JobBuilder, job, type UnplacedJobBuilder } from "../../../src/builders/job.js";
import type { JobPlace } from "../../../src/builders/job-parameter.js";
import { pool } from "../../../src/builders/pool.js";
import type { ParameterCoverage } from "./parameter-case.js";
import { allApplicationPackages, allContainers, allOutputFiles, allResourceFiles } from "./task-cases.js";

const subnetId =
  "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/n/subnets/default";
const small = pool().vmSize("Standard_D2s_v5").image(ubuntu("24.04")).dedicatedNodes(1);
const commandLine = "/bin/false";

/** What the tasks that a job brings along have in common: each of these sets what is in it. */
const taskParts = [
  { commandLine: "/bin/true" },
  { commandLine, env: { LANG: "C" } },
  { commandLine, resourceFiles: allResourceFiles },
  ...allContainers.map((container) => ({ commandLine, container })),
  { commandLine, userIdentity: { username: "me" } },
  { commandLine, userIdentity: { scope: "task", elevationLevel: "admin" } },
  { commandLine, maxWallClockTime: "10m", retentionTime: "1d" },
] as const;

/** A description that a job, or the job of a schedule, may have. */
type Described = JobBuilder<string | undefined, JobPlace>;
type Begun = UnplacedJobBuilder<string | undefined, undefined>;

interface JobCase {
  readonly method: string;
  readonly describe: (begun: Begun) => Described;
  /** The least that can be sent for it, where it is not a job on a pool. */
  readonly least?: (begun: Begun) => Described;
}

const onPool = (begun: Begun) => begun.pool("none");
const prepared = (begun: Begun) => onPool(begun).preparationTask({ commandLine });

/** Everything that sets something of a job. */
export const jobCases: readonly JobCase[] = [
  { method: "pool", describe: (begun) => begun.pool("another") },
  {
    method: "autoPool",
    describe: (begun) => begun.autoPool(small, { idPrefix: "case", keepAlive: true }),
  },
  { method: "displayName", describe: (begun) => onPool(begun).displayName("First") },
  { method: "priority", describe: (begun) => onPool(begun).priority(-5) },
  { method: "maxParallelTasks", describe: (begun) => onPool(begun).maxParallelTasks(7) },
  { method: "allowTaskPreemption", describe: (begun) => onPool(begun).allowTaskPreemption() },
  { method: "maxRetries", describe: (begun) => onPool(begun).maxRetries(2) },
  { method: "maxWallClockTime", describe: (begun) => onPool(begun).maxWallClockTime("6h") },
  { method: "usesTaskDependencies", describe: (begun) => onPool(begun).usesTaskDependencies() },
  { method: "env", describe: (begun) => onPool(begun).env({ LANG: "C" }) },
  { method: "metadata", describe: (begun) => onPool(begun).metadata({ team: "film" }) },
  {
    method: "onTaskFailure",
    describe: (begun) => onPool(begun).onTaskFailure("performexitoptionsjobaction"),
  },
  {
    method: "onAllTasksComplete",
    describe: (begun) => prepared(begun).managerTask({ commandLine }).onAllTasksComplete("terminatejob"),
    least: (begun) => prepared(begun).managerTask({ commandLine }),
  },
  { method: "network", describe: (begun) => onPool(begun).network({ subnetId }) },
  ...taskParts.flatMap((part): JobCase[] => [
    { method: "managerTask", describe: (begun) => onPool(begun).managerTask(part) },
    { method: "preparationTask", describe: (begun) => onPool(begun).preparationTask(part) },
    { method: "releaseTask", describe: (begun) => prepared(begun).releaseTask(part), least: prepared },
  ]),
  {
    method: "managerTask",
    describe: (begun) =>
      onPool(begun).managerTask({
        id: "manager",
        displayName: "The manager",
        commandLine,
        outputFiles: allOutputFiles,
        maxTaskRetryCount: 3,
        requiredSlots: 2,
        applicationPackages: allApplicationPackages,
        authenticationToken: ["job"],
        killJobOnCompletion: false,
        runExclusive: false,
        allowSpotNode: false,
      }),
  },
  {
    method: "preparationTask",
    describe: (begun) =>
      onPool(begun).preparationTask({
        id: "preparation",
        commandLine,
        maxTaskRetryCount: 3,
        waitForSuccess: false,
        rerunOnNodeRebootAfterSuccess: false,
      }),
  },
  {
    method: "releaseTask",
    describe: (begun) => prepared(begun).releaseTask({ id: "release", commandLine }),
    least: prepared,
  },
];

const begun = (id: string) => job(id) as unknown as Begun;

export const jobCoverage: ParameterCoverage = {
  parameter: "JobAddParameter",
  base: () => onPool(begun("job")).build(),
  cases: [
    { method: "job", build: () => onPool(begun("another")).build() },
    ...jobCases.map(({ method, describe, least }) => ({
      method,
      build: () => describe(begun("job")).build(),
      ...(least !== undefined && { base: () => least(begun("job")).build() }),
    })),
  ],
};
