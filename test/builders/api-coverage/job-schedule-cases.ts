import { type JobBuilder, job } from "../../../src/builders/job.js";
import type { JobPlace } from "../../../src/builders/job-parameter.js";
import { jobSchedule } from "../../../src/builders/job-schedule.js";
import { jobCases } from "./job-cases.js";
import type { ParameterCoverage } from "./parameter-case.js";

type Begun = Parameters<(typeof jobCases)[number]["describe"]>[0];

const hourly = jobSchedule("schedule").every("1h");
const base = hourly.job(job().pool("none"));

const describing = (describe: (begun: Begun) => unknown) =>
  hourly.job(describe(job() as unknown as Begun) as JobBuilder<undefined, JobPlace>).build();

export const jobScheduleCoverage: ParameterCoverage = {
  parameter: "JobScheduleAddParameter",
  base: () => base.build(),
  cases: [
    {
      method: "jobSchedule",
      build: () => jobSchedule("another").every("1h").job(job().pool("none")).build(),
    },
    { method: "displayName", build: () => base.displayName("First").build() },
    { method: "every", build: () => base.every("2h").build() },
    { method: "startWindow", build: () => base.startWindow("10m").build() },
    { method: "doNotRunUntil", build: () => base.doNotRunUntil("2030-01-01T00:00:00Z").build() },
    { method: "doNotRunAfter", build: () => base.doNotRunAfter("2031-01-01T00:00:00Z").build() },
    { method: "metadata", build: () => base.metadata({ team: "film" }).build() },
    ...jobCases.map(({ method, describe, least }) => ({
      method: `job(${method})`,
      build: () => describing(describe),
      ...(least !== undefined && { base: () => describing(least) }),
    })),
  ],
};
