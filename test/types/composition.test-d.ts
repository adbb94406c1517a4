/* Checked by the compiler alone: that what does compile has these types, and that the rest does not compile. */
import type { Reduction } from "../../src/run/pipeline/reduction.js";
import type { ItemOutcome, Run } from "../../src/run/run.js";
import { runParallel } from "../../src/run/run-parallel.js";
import { command } from "../../src/work/command.js";
import type { CommandResult } from "../../src/work/command-spec.js";
import { python } from "../../src/work/python.js";
import { type Equal, expectTrue } from "./expect.js";

const words = runParallel(["a b"], (line) => line.split(" "));
expectTrue<Equal<typeof words, Run<string[]>>>();

// What came out goes in; what comes out is the new run's, promises unwrapped.
const counts = words.map((list) => list.length);
expectTrue<Equal<typeof counts, Run<number>>>();
const later = counts.map(async (count) => ({ count }));
expectTrue<Equal<typeof later, Run<{ count: number }>>>();
const chained = counts.map((n) => n + 1).map((n) => `${n}`);
expectTrue<Equal<typeof chained, Run<string>>>();
declare const outcomes: Awaited<ReturnType<typeof later.settled>>;
expectTrue<Equal<typeof outcomes, ItemOutcome<{ count: number }>[]>>();

// The context has this run's shared value.
const scaled = counts.map((count, ctx) => count * ctx.shared.factor + ctx.index, { shared: { factor: 2 } });
expectTrue<Equal<typeof scaled, Run<number>>>();
counts.map((count, ctx) => {
  expectTrue<Equal<typeof ctx.shared, undefined>>();
  return count;
});
// @ts-expect-error: `shared` has no such property
counts.map((count, ctx) => count * ctx.shared.nothing, { shared: { factor: 2 } });
// @ts-expect-error: an item is a number
counts.map((text: string) => text);
// @ts-expect-error: the pool is the first run's
counts.map((count) => count, { pool: "a" });

// Programs, before and after.
const echoed = counts.map(
  command((count) => {
    expectTrue<Equal<typeof count, number>>();
    return { file: "echo", args: [count] };
  }),
);
expectTrue<Equal<typeof echoed, Run<CommandResult>>>();
const outputs = echoed.map((result) => {
  expectTrue<Equal<typeof result, Omit<CommandResult, "files">>>();
  return result.stdout;
});
expectTrue<Equal<typeof outputs, Run<string>>>();
const scripted = words.map(python("a.py", { args: (list) => list }));
expectTrue<Equal<typeof scripted, Run<CommandResult>>>();

// Folding gives one result.
const sum = counts.reduce((a, b) => a + b);
expectTrue<Equal<typeof sum, Reduction<number>>>();
declare const awaited: Awaited<typeof sum>;
expectTrue<Equal<typeof awaited, number>>();
const joined = outputs.reduce(async (a, b) => a + b, { initial: "", onItemFailure: "skip" });
expectTrue<Equal<typeof joined, Reduction<string>>>();
// @ts-expect-error: the initial value is a result
counts.reduce((a, b) => a + b, { initial: "0" });
// @ts-expect-error: a fold gives a result
counts.reduce((a, b) => `${a}${b}`);
