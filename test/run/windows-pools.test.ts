import { describe, expect, it } from "vitest";
import { connect, InvalidArgumentError, pool, runParallel } from "../../src/index.js";

const windows = {
  publisher: "microsoftwindowsserver",
  offer: "windowsserver",
  sku: "2022-datacenter",
  nodeAgentSKUId: "batch.node.windows amd64",
};

describe("a run on nodes with Windows", () => {
  it("is refused, whether the pool is to be made or exists", async () => {
    const id = `windows-${process.pid}`;
    const described = pool(id).vmSize("Standard_D2s_v5").image(windows).dedicatedNodes(0);
    const refusal = {
      name: "InvalidArgumentError",
      option: "pool",
      message: expect.stringContaining("The pool has nodes with Windows"),
    };
    const auto = pool().vmSize("Standard_D2s_v5").image(windows).dedicatedNodes(1);
    for (const wanted of [described, auto]) {
      const run = runParallel([1], (n) => n, { pool: wanted });
      await expect(run).rejects.toBeInstanceOf(InvalidArgumentError);
      await expect(run).rejects.toMatchObject(refusal);
    }
    await connect().createPool(described);
    await expect(runParallel([1], (n) => n, { pool: id })).rejects.toMatchObject(refusal);
  });
});
