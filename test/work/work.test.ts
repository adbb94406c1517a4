import { expect, it, vi } from "vitest";
import { command } from "../../src/work/command.js";
import { prepareWork } from "../../src/work/prepare-work.js";
import { wireCommand } from "./support/prepare.js";

it("takes the work of another copy of this package, as an application with ESM and CommonJS has it", async () => {
  vi.resetModules();
  const other = await import("../../src/work/command.js");
  expect(other.command).not.toBe(command);
  const { wire } = await wireCommand(other.command`echo ${(n: number) => n}`.with({ stdin: "x" }), 3);
  expect(wire).toEqual({ file: "echo", args: ["3"], stdin: "x" });
});

it("is a value without anything to see or to change", async () => {
  const work = command(() => ({ file: "true" }));
  expect(Object.keys(work)).toEqual([]);
  expect(Object.isFrozen(work)).toBe(true);
  expect(Object.keys(command`true`)).toEqual(["with"]);
  expect(await prepareWork(work)).not.toBe(await prepareWork(work));
});
