import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { models } from "../../../src/emulator/schema/models.js";

const run = promisify(execFile);

it("models.generated.json is what the generator makes of the installed @azure/batch", async () => {
  await expect(run(process.execPath, ["scripts/generate-schema.js", "--check"])).resolves.toBeDefined();
});

it("knows properties as the wire has them", () => {
  expect(models.TaskAddParameter.id).toEqual({ type: "string", required: true });
  expect(models.UserIdentity).toHaveProperty("username");
  expect(models.PoolAddParameter.resizeTimeout).toEqual({ type: "duration" });
  expect(models.TaskAddCollectionParameter.value).toEqual({
    type: "model",
    model: "TaskAddParameter",
    list: true,
    required: true,
  });
});
