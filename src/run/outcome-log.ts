import { ItemError, type ItemErrorCode } from "../errors/index.js";
import { outcomeBlob } from "../protocol/blob-names.js";
import { decode } from "../protocol/codec.js";
import {
  type ItemFailure,
  type OutcomeLine,
  type OutcomeSeries,
  parseEntry,
  parseOutcomeLine,
} from "../protocol/outcome-part.js";
import type { UpstreamCause } from "../protocol/upstream-failure.js";
import type { OpenResultFile, OutputFile, PreparedWork } from "../work/prepared-work.js";
import type { Batch } from "./batch-iterator.js";
import type { RootChunk } from "./chunk.js";
import { EntryTable, type PartEntry } from "./entry-table.js";
import { Notifier } from "./notifier.js";
import type { PartReader } from "./part-reader.js";
import type { ItemOutcome } from "./run.js";

/** Where outcomes are: in a part that the node runner stored, or nowhere, as the client gave these items up. */
type OutcomeEntry = PartEntry | LostEntry;

/** How what came back is read. */
export type ResultReader = Pick<PreparedWork, "fromWire" | "explainFailure">;

interface LostEntry {
  readonly kind: "lost";
  readonly indices: { readonly start: number; readonly count: number };
  readonly code: ItemErrorCode;
  readonly message: string;
  readonly cause?: unknown;
  readonly stderr?: string;
}

/** What is known of an outcome, or of those of a series, before it is decoded. */
type Found = { readonly index: number } & (
  | { readonly kind: "stored"; readonly line: OutcomeLine | OutcomeSeries; readonly node: string }
  | { readonly kind: "lost"; readonly outcome: ItemOutcome<unknown> }
);

/** What became of an item, as it lies in storage: what another run goes on with. */
export type RawOutcome = { readonly index: number } & (
  | { readonly status: "fulfilled"; readonly value: unknown }
  | {
      readonly status: "rejected";
      readonly failure: UpstreamCause["upstream"];
      readonly attempt: number;
      readonly node?: string;
    }
);

/**
 * Where each outcome of a run is, in the order in which they came to be known; never the outcomes themselves, which are
 * read when someone asks. Any number of readers go through it, each at its own pace, during the run and after it.
 */
export class OutcomeLog {
  readonly #entries = new EntryTable<LostEntry>();
  readonly #roots: RootChunk[] = [];
  /** The places of a chunk's entries. */
  readonly #placesOfRoot = new Map<RootChunk, number[]>();
  readonly #grown = new Notifier();
  readonly #parts: PartReader;
  readonly #work: ResultReader;
  readonly #openFile: OpenResultFile;
  #planned = 0;
  #end: { readonly error?: unknown } | undefined;

  constructor(parts: PartReader, work: ResultReader, openFile: OpenResultFile) {
    this.#parts = parts;
    this.#work = work;
    this.#openFile = openFile;
  }

  /** Items announced so far. */
  get planned(): number {
    return this.#planned;
  }

  /** Announces a chunk, in input order. */
  plan(root: RootChunk): void {
    this.#planned += root.count;
    this.#roots.push(root);
    this.#placesOfRoot.set(root, []);
    this.#grown.notify();
  }

  /** Says where further outcomes of a chunk are; `root.open` is already counted down. */
  add(root: RootChunk, entry: OutcomeEntry): void {
    this.#placesOfRoot.get(root)?.push(this.#entries.push(entry));
    this.#grown.notify();
  }

  /** No more will come: every item has its outcome, or the run failed with `error` and readers shall throw it. */
  end(error?: unknown): void {
    this.#end ??= error === undefined ? {} : { error };
    this.#grown.notify();
  }

  /** Waits until all items of a chunk have their outcome. False where the run ended before. */
  async closed(root: RootChunk): Promise<boolean> {
    while (root.open > 0) {
      if (this.#end !== undefined) return false;
      await this.#grown.wait();
    }
    return true;
  }

  /** The items of a chunk that no node gave an outcome. */
  lostIn(root: RootChunk): LostEntry[] {
    return this.#entriesOf(root).filter((entry) => entry.kind === "lost");
  }

  /** All items that no node gave an outcome. */
  allLost(): Iterable<LostEntry> {
    return this.#entries.others();
  }

  /** The outcomes of a chunk that is closed, as they lie in storage, in input order. */
  async rawOutcomes(root: RootChunk): Promise<RawOutcome[]> {
    const outcomes = (await Promise.all(this.#entriesOf(root).map((entry) => this.#readRaw(entry)))).flat();
    return outcomes.sort((a, b) => a.index - b.index);
  }

  /** The failed items, in the order in which they came to be known. */
  async *failures(): AsyncGenerator<ItemError, void, undefined> {
    for (let place = 0; place < this.#entries.length; place++) {
      const entry = this.#entries.at(place);
      if (entry.kind === "part" && !entry.failures) continue;
      for (const outcome of this.#outcomes(await this.#read(entry))) {
        if (outcome.status === "rejected") yield outcome.reason;
      }
    }
  }

  /** All outcomes, as they come to be known. */
  async *asTheyComplete(): AsyncGenerator<Batch<ItemOutcome<unknown>>, void, undefined> {
    for (let next = 0; ; next++) {
      while (next === this.#entries.length) {
        if (this.#end !== undefined) return this.#throwIfFailed();
        await this.#grown.wait();
      }
      yield this.#outcomes(await this.#read(this.#entries.at(next)));
    }
  }

  /** All outcomes, in input order. */
  async *inInputOrder(): AsyncGenerator<Batch<ItemOutcome<unknown>>, void, undefined> {
    for (let next = 0; ; next++) {
      while (next === this.#roots.length) {
        if (this.#end !== undefined) return this.#throwIfFailed();
        await this.#grown.wait();
      }
      const root = this.#roots[next] as RootChunk;
      while (root.open > 0) {
        if (this.#end !== undefined) return this.#throwIfFailed();
        await this.#grown.wait();
      }
      const found = await this.#readRoot(root);
      yield this.#outcomes(found.sort((a, b) => a.index - b.index));
    }
  }

  async #readRoot(root: RootChunk): Promise<Found[]> {
    return (await Promise.all(this.#entriesOf(root).map((entry) => this.#read(entry)))).flat();
  }

  #entriesOf(root: RootChunk): OutcomeEntry[] {
    return (this.#placesOfRoot.get(root) ?? []).map((place) => this.#entries.at(place));
  }

  async #read(entry: OutcomeEntry): Promise<Found[]> {
    if (entry.kind === "lost") {
      return lostOutcomes(entry).map((outcome) => ({ kind: "lost", index: outcome.index, outcome }));
    }
    const { entries } = await this.#parts.read(outcomeBlob(entry.chunk, entry.part));
    return entries.map((text) => {
      const line = parseEntry(text);
      return { kind: "stored", index: entry.start + line.offset, line, node: entry.node };
    });
  }

  /** Each outcome is made when it is its turn: nothing is kept of those before. */
  *#outcomes(found: readonly Found[]): Generator<ItemOutcome<unknown>, void, undefined> {
    for (const one of found) {
      if (one.kind === "lost") yield one.outcome;
      else if (one.line.status === "series") yield* this.#ofSeries(one.line, one.index);
      else yield this.#outcome(one.line, one.index, one.node);
    }
  }

  *#ofSeries(series: OutcomeSeries, start: number): Generator<ItemOutcome<unknown>, void, undefined> {
    const values = decode(series.payload) as unknown[];
    for (let place = 0; place < values.length; place++) {
      const files: OutputFile[] = [];
      const value = this.#work.fromWire(values[place], files);
      yield { index: start + place, status: "fulfilled", value, files };
    }
  }

  async #readRaw(entry: OutcomeEntry): Promise<RawOutcome[]> {
    if (entry.kind === "lost") {
      const { code, message, cause, stderr, indices } = entry;
      const failure = { code, message, cause, ...(stderr === undefined ? {} : { stderr }) };
      return Array.from({ length: indices.count }, (_, offset) => {
        return { index: indices.start + offset, status: "rejected", failure, attempt: 0 };
      });
    }
    const { lines } = await this.#parts.read(outcomeBlob(entry.chunk, entry.part));
    return lines.map((text) => {
      const { offset, status, attempt, payload } = parseOutcomeLine(text);
      const index = entry.start + offset;
      if (status === "fulfilled") return { index, status, value: decode(payload) };
      return { index, status, failure: decode(payload) as ItemFailure, attempt, node: entry.node };
    });
  }

  #outcome(line: OutcomeLine, index: number, node: string): ItemOutcome<unknown> {
    const files = line.files.map(this.#openFile);
    if (line.status === "fulfilled") {
      return { index, status: "fulfilled", value: this.#work.fromWire(decode(line.payload), files), files };
    }
    const failure = decode(line.payload) as ItemFailure;
    const message = this.#work.explainFailure?.(failure) ?? failure.message;
    return {
      index,
      status: "rejected",
      reason: itemError({ ...failure, message }, index, line.attempt, node),
    };
  }

  #throwIfFailed(): void {
    if (this.#end !== undefined && "error" in this.#end) throw this.#end.error;
  }
}

function itemError(failure: ItemFailure, index: number, attempt: number, node: string): ItemError {
  const { message, ...rest } = failure;
  const cause = failure.code === "UpstreamFailed" ? causeBefore(failure.cause, index) : failure.cause;
  return new ItemError(message, { ...rest, cause, index, attempt, node });
}

/** The error of the item before, which has the same index. */
function causeBefore(travelled: unknown, index: number): ItemError {
  const { upstream, attempt, node } = travelled as UpstreamCause;
  return new ItemError(upstream.message, {
    ...upstream,
    index,
    attempt,
    ...(node === undefined ? {} : { node }),
  });
}

function lostOutcomes(entry: LostEntry): ItemOutcome<unknown>[] {
  return lostReasons(entry).map((reason) => ({ index: reason.index, status: "rejected", reason }));
}

/** Why items have no outcome that no node gave one. */
export function lostReasons({ indices, code, message, cause, stderr }: LostEntry): ItemError[] {
  return Array.from({ length: indices.count }, (_, offset) => {
    const index = indices.start + offset;
    return new ItemError(message, { code, index, attempt: 0, cause, stderr });
  });
}
