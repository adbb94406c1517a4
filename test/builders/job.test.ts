import { describe, expect, it } from "vitest";
import { ubuntu } from "../../src/builders/images.js";
import { isJobBuilder, job } from "../../src/builders/job.js";
import { isPoolBuilder, pool } from "../../src/builders/pool.js";
import { InvalidArgumentError } from "../../src/errors/index.js";
import { runParallel } from "../../src/run/run-parallel.js";

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

describe("a job's own tasks", () => {
  const onPool = job("nightly").pool("render");

  it("have their command in a safe line, and their options where the service wants them", () => {
    const { jobManagerTask, jobPreparationTask, jobReleaseTask } = onPool
      .managerTask({ command: ["python3", "plan it.py"], allowSpotNode: false, authenticationToken: ["job"] })
      .preparationTask({ command: ["mkdir", "$(x)"], maxTaskRetryCount: 2, maxWallClockTime: "1h" })
      .releaseTask({ command: ["rm", "a b"], maxWallClockTime: "10m" })
      .build();
    for (const own of [jobManagerTask, jobPreparationTask, jobReleaseTask]) {
      expect(own?.commandLine).toMatch(/^\/bin\/sh -c '[\w $"]+'$/);
      expect(own?.environmentSettings).toHaveLength(1);
    }
    expect(jobManagerTask).toMatchObject({
      id: "jobmanager",
      allowLowPriorityNode: false,
      authenticationTokenSettings: { access: ["job"] },
    });
    expect(jobPreparationTask?.constraints).toEqual({ maxWallClockTime: "PT1H", maxTaskRetryCount: 2 });
    expect(jobReleaseTask?.maxWallClockTime).toBe("PT10M");
  });

  it("are refused where they cannot be, all at once", () => {
    const wrong = () =>
      onPool
        .managerTask({ id: "same", command: ["true"], requiredSlots: 0 })
        .releaseTask({ id: "Same", command: ["true"], maxWallClockTime: "16m" })
        .build();
    expect(wrong).toThrow(InvalidArgumentError);
    expect(wrong).toThrow(/job\.managerTask\.requiredSlots is 0/);
    expect(wrong).toThrow(
      /job\.releaseTask\.maxWallClockTime is "16m", and more than the most there is, 15m/,
    );
    expect(wrong).toThrow(/job\.releaseTask needs a preparationTask/);
    expect(wrong).toThrow(/job\.managerTask\.id is "same", as that of another of the job's tasks/);
  });
});

describe("where a job's tasks run", () => {
  const small = pool().vmSize("Standard_D2s_v5").image(ubuntu("24.04")).dedicatedNodes(1);

  it("is a pool, or one that Batch makes", () => {
    expect(job("a").pool("render").build().poolInfo).toEqual({ poolId: "render" });
    const { poolInfo } = job("a").autoPool(small, { idPrefix: "pre", keepAlive: true }).build();
    expect(poolInfo).toEqual({
      autoPoolSpecification: {
        autoPoolIdPrefix: "pre",
        poolLifetimeOption: "job",
        keepAlive: true,
        pool: small.build(),
      },
    });
  });

  it("is refused with what is wrong with the pool", () => {
    const build = (wrong: unknown, options?: object) => () =>
      job("a")
        .autoPool(wrong as never, options as never)
        .build();
    expect(build(pool("named").vmSize("a"))).toThrow(/has a pool with an id, "named"/);
    expect(build(pool().vmSize("a"))).toThrow(/has a pool that is wrong/);
    expect(build({ vmSize: "a" })).toThrow(/is an object, and not what pool\(\) builds/);
    expect(build(small, { idPrefix: "x".repeat(21) })).toThrow(/job\.autoPool\.idPrefix/);
    expect(build(small, { idPrefix: 5 })).toThrow(/job\.autoPool\.idPrefix is 5/);
    const numbered = [{ httpUrl: "https://example.com/a", filePath: "a", fileMode: 755 }];
    const preparing = () =>
      job("a")
        .preparationTask({ command: ["true"], resourceFiles: numbered as never })
        .build();
    expect(preparing).toThrow(/fileMode is 755, and not three or four octal digits/);
    expect(build(small, { lifetime: "jobschedule" })).toThrow(/which is for the job of a schedule/);
  });
});

describe("a job that begins from another", () => {
  it("has what the service shows of it, but for what only the service sets", () => {
    const existing = {
      id: "old",
      state: "active",
      url: "https://example.com/jobs/old",
      eTag: "0x1",
      priority: 7,
      poolInfo: { poolId: "render" },
      constraints: { maxWallClockTime: "PT1H", maxTaskRetryCount: 1 },
      executionInfo: { poolId: "render" },
      metadata: [
        { name: "team", value: "film" },
        { name: "creationid", value: "of the one that exists" },
      ],
    } as const;
    expect(job.from(existing, "new").maxRetries(3).build()).toEqual({
      id: "new",
      priority: 7,
      poolInfo: { poolId: "render" },
      constraints: { maxWallClockTime: "PT1H", maxTaskRetryCount: 3 },
      metadata: [{ name: "team", value: "film" }],
    });
    expect(job.from(job("a").priority(1).pool("p")).priority(2).build()).toEqual({
      priority: 2,
      poolInfo: { poolId: "p" },
    });
  });
});

it("is no job of a run where the run has what it says", async () => {
  for (const [described, option] of [
    [job().pool("render"), "pool"],
    [job.from(job("a").pool("render")), "autoPool"],
    [job().managerTask({ command: ["true"] }), "managerTask"],
    [job().preparationTask({ command: ["true"] }), "preparationTask"],
    [job().releaseTask({ command: ["true"] }), "releaseTask"],
    [job().onTaskFailure("performexitoptionsjobaction"), "onTaskFailure"],
    [job().onAllTasksComplete("terminatejob"), "onAllTasksComplete"],
  ] as const) {
    const run = runParallel([1], (n) => n, { job: described as never });
    await expect(run).rejects.toMatchObject({ code: "InvalidArgument" });
    await expect(run).rejects.toThrow(option);
  }
});
