import { describe, expect, it } from "vitest";
import { createClient } from "../../src/client/client.js";
import { PoolError, pool, runParallel, ServiceError, ubuntu } from "../../src/index.js";

const waiting = async () => {
  await new Promise((resolve) => setTimeout(resolve, 120_000));
};

describe("trouble that only the service knows", () => {
  it("says what a start task wrote that fails on every node", async () => {
    const broken = pool()
      .vmSize("Standard_D2s_v5")
      .image(ubuntu("24.04"))
      .dedicatedNodes(1)
      .startTask({ commandLine: "/bin/sh -c 'echo no licence server >&2; exit 4'" });
    const error = await runParallel([1], (n) => n, { pool: broken }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(PoolError);
    expect(error).toMatchObject({ code: "StartTaskFailed", stderr: "no licence server\n" });
  });

  it("says that a pool does not exist", async () => {
    await expect(runParallel([1], (n) => n, { pool: "nowhere" })).rejects.toMatchObject({
      code: "PoolNotFound",
      poolId: "nowhere",
    });
  });

  it("ends with a job that somebody else ended", async () => {
    const { batch } = await createClient().connection();
    const run = runParallel([1, 2], waiting);
    const ended = run.settled();
    await untilRunning(run);
    await batch.terminateJob(run.id, "SomebodyElse");
    for (const outcome of await ended) expect(outcome).toMatchObject({ reason: { code: "Cancelled" } });
    await expect(run).rejects.toMatchObject({
      code: "Cancelled",
      cause: { message: expect.stringContaining("SomebodyElse") },
    });
  });

  it("fails with a job that somebody else deleted", async () => {
    const { batch } = await createClient().connection();
    const run = runParallel([1], waiting);
    const failed = run.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    await untilRunning(run);
    await batch.deleteJob(run.id);
    const error = await failed;
    expect(error).toBeInstanceOf(ServiceError);
    expect(error).toMatchObject({ code: "JobNotFound" });
  });
});

describe("pools of one's own", () => {
  const small = pool("kept-pool").vmSize("Standard_D2s_v5").image(ubuntu("24.04")).dedicatedNodes(2);

  it("are made once, kept, and used by their id", async () => {
    expect(await runParallel([1, 2], (n) => n, { pool: small })).toEqual([1, 2]);
    expect(await runParallel([3], (n) => n, { pool: small })).toEqual([3]);
    const [id] = await runParallel([0], () => process.env.AZ_BATCH_POOL_ID, { pool: "kept-pool" });
    expect(id).toBe("kept-pool");
  });

  it("are not changed: a difference is an error", async () => {
    await runParallel([1], (n) => n, { pool: small });
    const other = pool("kept-pool").vmSize("Standard_D4s_v5").image(ubuntu("24.04")).dedicatedNodes(2);
    await expect(runParallel([1], (n) => n, { pool: other })).rejects.toMatchObject({
      code: "PoolDiffers",
      message: expect.stringContaining("Standard_D4s_v5"),
    });
  });
});

async function untilRunning(run: {
  onProgress(listener: (progress: { tasks: number }) => void): () => void;
}): Promise<void> {
  await new Promise<void>((resolve) => {
    run.onProgress(({ tasks }) => {
      if (tasks > 0) resolve();
    });
  });
}
