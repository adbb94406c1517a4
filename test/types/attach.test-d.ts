/* Checked by the compiler alone: that what does compile has these types, and that the rest does not compile. */
import { attach, type BatchParallel, type Run } from "../../src/index.js";
import { type Equal, expectTrue } from "./expect.js";

const unknown = attach("run-1");
expectTrue<Equal<typeof unknown, Run<unknown>>>();
const numbers = attach<number>("run-1", { progress: true, signal: AbortSignal.timeout(1000) });
expectTrue<Equal<typeof numbers, Run<number>>>();

declare const batch: BatchParallel;
attach("run-1", { client: batch });
const there = batch.attach("run-1");
expectTrue<Equal<typeof there, Run<unknown>>>();

// @ts-expect-error: it is on this account
batch.attach("run-1", { client: batch });
// @ts-expect-error: what is left of a run is what it was begun with
attach("run-1", { keep: "always" });
// @ts-expect-error: a run is named by its id
attach(numbers);
