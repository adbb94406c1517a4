import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Emulator, startEmulator } from "../../src/emulator/index.js";
import { type BatchParallel, connect, type RunProgress } from "../../src/index.js";
import { localEngine } from "../../src/local/engine.js";

describe("a run on an account with as many jobs as it may have", () => {
  let emulator: Emulator;
  let batch: BatchParallel;

  beforeAll(async () => {
    const { storage } = await localEngine();
    emulator = await startEmulator({ quotas: { activeJobsAndSchedules: 1 } });
    const { batchUrl: url, accountName: name, accountKey: key } = emulator;
    batch = connect({ account: { url, name, key }, storage });
    await batch.createJob({ id: "in-the-way", poolInfo: { poolId: "none" } });
  });

  afterAll(async () => {
    await batch?.close();
    await emulator?.close();
  });

  const phasesOf = (phases: RunProgress["phase"][]) => ({
    progress: ({ phase }: RunProgress) => {
      if (phases.at(-1) !== phase) phases.push(phase);
    },
  });

  it("ends at its deadline, or cancelled, with nothing left of it", async () => {
    const phases: RunProgress["phase"][] = [];
    const late = batch.runParallel([1, 2], (n) => n, { id: "late", deadline: "3s", ...phasesOf(phases) });
    await expect(late).rejects.toMatchObject({ name: "RunFailedError", code: "DeadlineExceeded", failed: 2 });
    expect(phases).toEqual(["starting", "waiting-for-job-quota", "ended"]);

    const run = batch.runParallel([1, 2], (n) => n, { id: "unwanted" });
    await new Promise<void>((waits) => {
      run.onProgress(({ phase }) => phase === "waiting-for-job-quota" && waits());
    });
    await run.cancel("not needed");
    expect((await run.settled()).map((outcome) => outcome.status)).toEqual(["rejected", "rejected"]);
    // Its name is free again, in storage as well.
    const again = batch.runParallel([1], (n) => n, { id: "unwanted", deadline: "500ms" });
    await expect(again).rejects.toMatchObject({ code: "DeadlineExceeded" });
  });

  it("waits for a place, and says so", async () => {
    const phases: RunProgress["phase"][] = [];
    const run = batch.runParallel([1, 2], (n) => n * 2, { id: "patient", ...phasesOf(phases) });
    await new Promise<void>((waits) => {
      run.onProgress(({ phase }) => phase === "waiting-for-job-quota" && waits());
    });
    await batch.job("in-the-way").delete();
    expect(await run).toEqual([2, 4]);
    expect(phases.slice(0, 2)).toEqual(["starting", "waiting-for-job-quota"]);
    expect(phases.at(-1)).toBe("ended");
  });
});
