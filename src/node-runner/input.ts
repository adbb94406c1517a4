import { outcomeBlob } from "../protocol/blob-names.js";
import { decode, encode, encodedList } from "../protocol/codec.js";
import {
  type ItemFailure,
  type OutcomeLine,
  type PartHeader,
  parseOutcomeLine,
  splitPart,
} from "../protocol/outcome-part.js";
import type { ChunkSettings, OutcomesInput } from "../protocol/task-settings.js";
import { type FailedBefore, upstreamFailure } from "../protocol/upstream-failure.js";
import { ItemLines } from "./item-lines.js";
import type { RunContainer } from "./storage/run-container.js";
import type { Task } from "./task.js";

/** A chunk's items, by their place in it. */
export interface Input {
  /** The encoded items; an empty line where there is none to run. */
  readonly items: ItemLines;
  /** Items that need not run, as they fail for what happened before. */
  readonly failed: ReadonlyMap<number, ItemFailure>;
  /** Items that cannot run yet: what they go on with is not there. Who submitted the task sees to them. */
  readonly missing: readonly number[];
}

/** Reads a chunk's items. */
export async function readInput(container: RunContainer, { run, chunk }: Task): Promise<Input> {
  const { input, count } = chunk;
  if (input.kind !== "outcomes") {
    const items = await readLines(container, input, count);
    const failed = chunk.stage !== undefined && run.work === "command" ? failedBefore(items) : new Map();
    return { items, failed, missing: [] };
  }
  const outcomes = await readOutcomes(container, input);
  return input.fold === undefined ? oneByOne(input, outcomes) : folded(input, input.fold, outcomes);
}

async function readLines(
  container: RunContainer,
  input: Exclude<ChunkSettings["input"], OutcomesInput>,
  count: number,
): Promise<ItemLines> {
  const text =
    input.kind === "inline" ? input.lines : await container.readInput(input.blob, input.offset, input.length);
  return new ItemLines(text, count);
}

function failedBefore(items: ItemLines): Map<number, ItemFailure> {
  const failed = new Map<number, ItemFailure>();
  for (let offset = 0; offset < items.count; offset++) {
    const item = decode(items.between(offset, offset + 1)) as Partial<FailedBefore>;
    if (item.failedBefore !== undefined) failed.set(offset, item.failedBefore);
  }
  return failed;
}

/** An outcome of the chunks before, and where it came to be. */
interface Found {
  readonly line: OutcomeLine;
  readonly node: string;
}

/** The outcomes of a range of items, as far as they are there, by the items' indices. */
async function readOutcomes(
  container: RunContainer,
  { chunks, from, count }: OutcomesInput,
): Promise<Map<number, Found>> {
  const found = new Map<number, Found>();
  // A chunk made of a divided one comes after it, and what it says holds.
  const read = await Promise.all(chunks.map(({ chunk }) => readParts(container, chunk)));
  for (const [place, parts] of read.entries()) {
    const start = chunks[place]?.start ?? 0;
    for (const { header, lines } of parts) {
      for (const text of lines) {
        const line = parseOutcomeLine(text);
        const index = start + line.offset;
        if (index >= from && index < from + count) found.set(index, { line, node: header.node });
      }
    }
  }
  return found;
}

async function readParts(container: RunContainer, chunk: number) {
  const parts: { header: PartHeader; lines: string[] }[] = [];
  for (;;) {
    const text = await container.readOutput(outcomeBlob(chunk, parts.length));
    if (text === undefined) return parts;
    const part = splitPart(text);
    parts.push(part);
    if (part.header.complete) return parts;
  }
}

/** Each outcome is an item. */
function oneByOne({ from, count }: OutcomesInput, outcomes: ReadonlyMap<number, Found>): Input {
  const items = new Array<string>(count).fill("");
  const failed = new Map<number, ItemFailure>();
  const missing: number[] = [];
  for (let offset = 0; offset < count; offset++) {
    const found = outcomes.get(from + offset);
    if (found === undefined) missing.push(offset);
    else if (found.line.status === "fulfilled") items[offset] = found.line.payload;
    else failed.set(offset, failureBefore(found));
  }
  return { items: ItemLines.of(items), failed, missing };
}

/** One item, and there is none to run. */
const NOTHING = ItemLines.of([""]);

/** All outcomes make one item, in their order: what is to be folded. */
function folded(
  { from, count }: OutcomesInput,
  { nested, first, skipFailed, lost }: NonNullable<OutcomesInput["fold"]>,
  outcomes: ReadonlyMap<number, Found>,
): Input {
  const values: string[] = [];
  const isLost = (index: number) => lost.some(([start, size]) => index >= start && index < start + size);
  for (let index = from; index < from + count; index++) {
    const found = outcomes.get(index);
    if (found === undefined && isLost(index)) continue;
    if (found === undefined) return { items: NOTHING, failed: new Map(), missing: [0] };
    if (found.line.status === "fulfilled") values.push(found.line.payload);
    else if (!skipFailed)
      return { items: NOTHING, failed: new Map([[0, failureBefore(found)]]), missing: [] };
  }
  try {
    const text = encodedList([encode({ nested, first }), ...values]);
    return { items: ItemLines.of([text]), failed: new Map(), missing: [] };
  } catch (error) {
    const message = `The values that a task folds are too large together: ${(error as Error).message}`;
    return { items: NOTHING, failed: new Map([[0, { code: "NotSerializable", message }]]), missing: [] };
  }
}

function failureBefore({ line, node }: Found): ItemFailure {
  return upstreamFailure(decode(line.payload) as ItemFailure, { attempt: line.attempt, node });
}
