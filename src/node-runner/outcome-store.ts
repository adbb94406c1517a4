import { logBlob, outcomeBlob } from "../protocol/blob-names.js";
import { encode } from "../protocol/codec.js";
import { formatLogs, type LogLine } from "../protocol/log-lines.js";
import {
  formatOutcomeLine,
  formatPart,
  formatSeries,
  linesOfSeries,
  type OutcomeSeries,
  PART_METADATA,
  type PartHeader,
  parseOutcomeLine,
  partInterval,
  splitPart,
} from "../protocol/outcome-part.js";
import type { SeriesEnd } from "./attempt.js";
import type { ChunkProgress, ItemOutcome } from "./chunk-progress.js";
import type { RunContainer } from "./storage/run-container.js";

/** So many characters do not wait. */
const PART_SIZE = 4 * 1024 * 1024;

/** An entry of the next part: an item's outcome, or those of a series. */
interface Waiting {
  readonly line: string;
  readonly fulfilled: number;
  readonly rejected: number;
  readonly milliseconds: number;
  readonly logs: readonly LogLine[];
  readonly series?: OutcomeSeries;
}

/**
 * Stores outcomes as parts, which are created and never overwritten. A part that exists already comes from another run of
 * this task: its items have their outcome, ours take the next number.
 */
export class OutcomeStore {
  readonly #container: RunContainer;
  readonly #chunk: number;
  readonly #node: string;
  readonly #progress: ChunkProgress;
  readonly #onFault: (fault: unknown) => void;
  #waiting = new Map<number, Waiting>();
  #size = 0;
  #timer: NodeJS.Timeout | undefined;
  #nextPart = 0;
  #complete = false;
  #storing: Promise<void> | undefined;

  constructor(options: {
    container: RunContainer;
    chunk: number;
    node: string;
    progress: ChunkProgress;
    onFault: (fault: unknown) => void;
  }) {
    this.#container = options.container;
    this.#chunk = options.chunk;
    this.#node = options.node;
    this.#progress = options.progress;
    this.#onFault = options.onFault;
  }

  /** Takes over the parts that earlier runs of this task stored, given the first of them. */
  async takeOver(firstPart: string | undefined): Promise<void> {
    let part = firstPart;
    while (part !== undefined) {
      this.#adopt(part);
      part = this.#complete ? undefined : await this.#container.readOutput(this.#blob());
    }
  }

  add({ end, logs }: ItemOutcome): void {
    const { offset, attempt, milliseconds, result } = end;
    const fulfilled = result.status === "fulfilled";
    const line = formatOutcomeLine({
      offset,
      status: result.status,
      attempt,
      milliseconds,
      files: fulfilled ? result.files : [],
      payload: fulfilled ? result.payload : encode(result.failure),
    });
    const counts = fulfilled ? { fulfilled: 1, rejected: 0 } : { fulfilled: 0, rejected: 1 };
    this.#wait(offset, { line, ...counts, milliseconds, logs });
  }

  addSeries(end: SeriesEnd): void {
    const series = { status: "series", ...end } as const;
    const { offset, count, milliseconds } = end;
    const line = formatSeries(series);
    this.#wait(offset, { line, fulfilled: count, rejected: 0, milliseconds, logs: [], series });
  }

  #wait(offset: number, outcome: Waiting): void {
    this.#waiting.set(offset, outcome);
    this.#size += outcome.line.length;
    for (const log of outcome.logs) this.#size += log.stdout.length + log.stderr.length;
    if (this.#size > PART_SIZE) this.#storeSoon(0);
    else this.#storeSoon(partInterval(performance.now()));
  }

  /** Resolves once all that was added is stored, and that the chunk is complete if it is. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    while (this.#storing !== undefined || this.#mustStore()) {
      this.#storing ??= this.#storePart().finally(() => {
        this.#storing = undefined;
      });
      await this.#storing;
    }
  }

  #storeSoon(delay: number): void {
    if (this.#timer !== undefined && delay > 0) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.flush().catch(this.#onFault);
    }, delay);
  }

  #mustStore(): boolean {
    return !this.#complete && (this.#waiting.size > 0 || this.#progress.open === 0);
  }

  async #storePart(): Promise<void> {
    const going = this.#waiting;
    this.#waiting = new Map();
    this.#size = 0;
    const complete = this.#progress.open === 0;
    const logs = [...going.values()].flatMap((outcome) => outcome.logs);
    if (logs.length > 0) await this.#container.create(logBlob(this.#chunk, this.#nextPart), formatLogs(logs));

    const lines = [...going.values()].map((outcome) => outcome.line);
    const header = this.#header(going, complete, logs.length > 0);
    const created = await this.#container.create(this.#blob(), formatPart(header, lines), {
      [PART_METADATA]: JSON.stringify(header),
    });
    if (created) {
      this.#nextPart++;
      this.#complete = complete;
      return;
    }

    for (const [offset, outcome] of this.#waiting) going.set(offset, outcome);
    this.#waiting = going;
    const existing = await this.#container.readOutput(this.#blob());
    if (existing === undefined)
      throw new Error(`The outcome part ${this.#blob()} exists, and cannot be read.`);
    this.#adopt(existing);
  }

  #header(going: ReadonlyMap<number, Waiting>, complete: boolean, logs: boolean): PartHeader {
    let fulfilled = 0;
    let rejected = 0;
    let itemMilliseconds = 0;
    for (const outcome of going.values()) {
      fulfilled += outcome.fulfilled;
      rejected += outcome.rejected;
      itemMilliseconds += outcome.milliseconds;
    }
    return {
      version: 1,
      chunk: this.#chunk,
      part: this.#nextPart,
      complete,
      fulfilled,
      rejected,
      node: this.#node,
      itemMilliseconds: Math.round(itemMilliseconds * 1000) / 1000,
      taskMilliseconds: Math.round(performance.now()),
      storedAt: Date.now(),
      logs,
    };
  }

  /** Takes a part of another run of this task for the next one. */
  #adopt(part: string): void {
    const { header, lines } = splitPart(part);
    if (lines.length > 0) this.#divideSeries();
    for (const line of lines) {
      const { offset } = parseOutcomeLine(line);
      this.#waiting.delete(offset);
      this.#progress.skip(offset);
    }
    this.#nextPart++;
    if (header.complete) this.#complete = true;
    else if (header.rejected > 0) this.#progress.failedElsewhere();
  }

  /** Gives every item that waits an entry of its own, so that single ones may go. */
  #divideSeries(): void {
    const waiting = [...this.#waiting];
    this.#waiting = new Map();
    for (const [offset, outcome] of waiting) {
      const { series } = outcome;
      if (series === undefined) {
        this.#waiting.set(offset, outcome);
        continue;
      }
      const milliseconds = series.milliseconds / series.count;
      for (const [place, line] of linesOfSeries(series).entries()) {
        this.#waiting.set(offset + place, { line, fulfilled: 1, rejected: 0, milliseconds, logs: [] });
      }
    }
  }

  #blob(): string {
    return outcomeBlob(this.#chunk, this.#nextPart);
  }
}
