import { InvalidArgumentError } from "../errors/index.js";
import { prepareFunction } from "./function-work.js";
import type { PreparedWork } from "./prepared-work.js";
import { preparationOf } from "./work.js";

/** Checks the work of a run and makes it ready to be shipped. It rejects with a typed error where it cannot be used. */
export async function prepareWork(work: unknown): Promise<PreparedWork> {
  if (typeof work === "function") return prepareFunction(work);
  const prepare = preparationOf(work);
  if (prepare) return prepare();
  throw new InvalidArgumentError(
    `The work of a run is a function, or what command(), python() or fromModule() gives, and not ${describe(work)}.`,
    { option: "work" },
  );
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (value instanceof Promise) return "a promise: leave out the call, or await it first";
  if (Array.isArray(value)) return "an array: for a program and its arguments use command()";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
