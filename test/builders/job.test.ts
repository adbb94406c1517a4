import { expect, it } from "vitest";
import { isJobBuilder, job } from "../../src/builders/job.js";
import { isPoolBuilder } from "../../src/builders/pool.js";
import { InvalidArgumentError } from "../../src/errors/index.js";

it("builds the service's parameter, with nothing in it that was not said", () => {
  expect(job().build()).toEqual({});
  expect(job("nightly").build()).toEqual({ id: "nightly" });
  expect(
    job("nightly")
      .displayName("Nightly")
      .priority(-1000)
      .maxRetries(2)
      .maxParallelTasks(100)
      .env({ LANG: "C" })
      .metadata({ team: "film" })
      .maxWallClockTime("6h")
      .onTaskFailure("performexitoptionsjobaction")
      .build(),
  ).toEqual({
    id: "nightly",
    displayName: "Nightly",
    priority: -1000,
    maxParallelTasks: 100,
    constraints: { maxWallClockTime: "PT6H", maxTaskRetryCount: 2 },
    commonEnvironmentSettings: [{ name: "LANG", value: "C" }],
    onTaskFailure: "performexitoptionsjobaction",
    metadata: [{ name: "team", value: "film" }],
  });
});

it("never changes", () => {
  const env = { LANG: "C" };
  const first = job("a").env(env).priority(1);
  env.LANG = "de";
  first.priority(2).env({});
  expect(first.build()).toMatchObject({
    priority: 1,
    commonEnvironmentSettings: [{ name: "LANG", value: "C" }],
  });
  expect([first.id, job().id]).toEqual(["a", undefined]);
});

it("is told from other values and other builders", () => {
  expect(isJobBuilder(job())).toBe(true);
  expect(isPoolBuilder(job())).toBe(false);
  for (const value of [undefined, null, "a", {}, job]) expect(isJobBuilder(value)).toBe(false);
});

it("lists everything that is wrong at once", () => {
  const wrong = job("a:b")
    .displayName("x".repeat(1025))
    .priority(1001)
    .maxParallelTasks(0)
    .maxRetries(-2)
    .maxWallClockTime("never" as never)
    .env({ AZURE_BATCH_PARALLEL_RUN: "x", B: 5 as never })
    .onTaskFailure("stop" as never)
    .metadata(null as never);
  try {
    wrong.build();
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidArgumentError);
    const { message, option } = error as InvalidArgumentError;
    expect(option).toBe("job.id");
    expect(message).toMatch(/^The job "a:b" cannot be built, for 10 reasons:\n- job\.id is "a:b"/);
    for (const part of [
      "displayName",
      "priority",
      "maxParallelTasks",
      "maxRetries",
      "maxWallClockTime",
      "onTaskFailure",
      "metadata",
    ]) {
      expect(message).toContain(`- job.${part} is `);
    }
    expect(message).toContain("- job.env.AZURE_BATCH_PARALLEL_RUN has a name that is reserved");
    expect(message).toContain("- job.env.B is 5, and not text");
    return;
  }
  throw new Error("It was not refused.");
});
