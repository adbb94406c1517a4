import { expect, it } from "vitest";
import { LocalEngineError, runParallel } from "../../src/index.js";
import { localEngine } from "../../src/local/engine.js";

it("ends a run whose local engine ends, and starts a new engine for the next one", async () => {
  const run = runParallel(
    [0, 1],
    async (n) => {
      if (n === 1) await new Promise((resolve) => setTimeout(resolve, 120_000));
      return n;
    },
    { chunkSize: 1 },
  );
  for await (const outcome of run) {
    expect(outcome).toMatchObject({ index: 0, status: "fulfilled" });
    break;
  }
  const engine = await localEngine();
  await engine.close();
  expect(engine.lost.aborted).toBe(true);
  const error = await run.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(LocalEngineError);
  expect(error).toMatchObject({ code: "EngineFailed" });
  await run.cancel();

  expect(await runParallel([1], (n) => n)).toEqual([1]);
});
