import { expect, it } from "vitest";
import { job } from "../../src/builders/job.js";
import { isJobScheduleBuilder, jobSchedule } from "../../src/builders/job-schedule.js";
import { InvalidArgumentError } from "../../src/errors/index.js";

const hourly = jobSchedule("hourly").every("1h").job(job().pool("render").priority(5));

it("builds the service's parameter", () => {
  const described = hourly
    .displayName("Hourly")
    .startWindow("PT10M")
    .doNotRunUntil(new Date("2030-01-01T00:00:00.500Z"))
    .doNotRunAfter("2031-01-01")
    .metadata({ team: "film" });
  expect(described.build()).toEqual({
    id: "hourly",
    displayName: "Hourly",
    schedule: {
      recurrenceInterval: "PT1H",
      startWindow: "PT10M",
      doNotRunUntil: "2030-01-01T00:00:00Z",
      doNotRunAfter: "2031-01-01T00:00:00Z",
    },
    jobSpecification: { priority: 5, poolInfo: { poolId: "render" } },
    metadata: [{ name: "team", value: "film" }],
  });
  expect(isJobScheduleBuilder(described)).toBe(true);
  expect(isJobScheduleBuilder(job())).toBe(false);
});

it("never changes, not even by a date that does", () => {
  const until = new Date("2030-01-01T00:00:00Z");
  const described = hourly.doNotRunUntil(until);
  until.setFullYear(2040);
  described.every("2h");
  expect(described.build().schedule).toMatchObject({
    doNotRunUntil: "2030-01-01T00:00:00Z",
    recurrenceInterval: "PT1H",
  });
});

it("lists everything that is wrong at once, that of its job too", () => {
  const wrong = () =>
    jobSchedule("a b")
      .every("10s")
      .startWindow("1s")
      .doNotRunUntil("tomorrow")
      .job(job().pool("a:b").priority(5000))
      .build();
  expect(wrong).toThrow(InvalidArgumentError);
  for (const option of ["id", "every", "startWindow", "doNotRunUntil", "job"]) {
    expect(wrong).toThrow(new RegExp(`jobSchedule\\.${option}\\b`));
  }
  expect(() => hourly.doNotRunUntil("2031-01-01").doNotRunAfter("2030-01-01").build()).toThrow(
    /not later than/,
  );
  expect(() => hourly.job(job("named").pool("p") as never).build()).toThrow(InvalidArgumentError);
});

it("begins from one that exists", () => {
  const existing = { ...hourly.build(), state: "active", eTag: "0x1", executionInfo: {} };
  expect(jobSchedule.from(existing, "daily").every("1d").build()).toEqual({
    ...hourly.build(),
    id: "daily",
    schedule: { recurrenceInterval: "P1D" },
  });
  expect(jobSchedule.from(hourly, "again").build()).toEqual({ ...hourly.build(), id: "again" });
});
