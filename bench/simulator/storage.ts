import type { BlobItem, ContainerPort } from "../../src/azure/ports.js";
import { outcomeBlob, parseOutcomeBlob } from "../../src/protocol/blob-names.js";
import {
  formatOutcomeLine,
  formatPart,
  PART_METADATA,
  type PartHeader,
} from "../../src/protocol/outcome-part.js";
import type { VirtualClock } from "./virtual-clock.js";

/** What a chunk's tasks have stored, a number of each kind for each part. */
interface StoredParts {
  /** When it was there for others, in milliseconds. */
  readonly at: number[];
  readonly items: number[];
  readonly itemMilliseconds: number[];
  readonly taskMilliseconds: number[];
  readonly node: string[];
  count: number;
}

const PAGE = 5000;

/** A run's container: takes inputs, and has the outcome parts that simulated tasks store. */
export class SimulatedContainer implements Pick<ContainerPort, "url" | "put" | "get" | "list"> {
  readonly url = "https://simulated/container";
  readonly requests = { put: 0, get: 0, list: 0 };
  readonly #clock: VirtualClock;
  readonly #latency: () => number;
  /** Whether chunks are kept that were listed when they were complete: someone may want to read them. */
  readonly #keeps: boolean;
  readonly #chunks = new Map<number, StoredParts>();
  #parts = 0;

  constructor(clock: VirtualClock, options: { readonly latency: () => number; readonly keeps: boolean }) {
    this.#clock = clock;
    this.#latency = options.latency;
    this.#keeps = options.keeps;
  }

  /** Outcome parts stored so far. */
  get parts(): number {
    return this.#parts;
  }

  /** Stores a part of a chunk, which others see from a time on. */
  store(
    chunk: number,
    count: number,
    part: { at: number; items: number; itemMilliseconds: number; taskMilliseconds: number; node: string },
  ) {
    const none = { at: [], items: [], itemMilliseconds: [], taskMilliseconds: [], node: [] };
    const stored = this.#chunks.get(chunk) ?? { ...none, count };
    this.#chunks.set(chunk, stored);
    stored.at.push(part.at);
    stored.items.push(part.items);
    stored.itemMilliseconds.push(part.itemMilliseconds);
    stored.taskMilliseconds.push(part.taskMilliseconds);
    stored.node.push(part.node);
    this.#parts += 1;
  }

  /** How many items of a chunk had their outcome stored at a time. Later parts are forgotten: their task did not get there. */
  keepUntil(chunk: number, time: number): number {
    const stored = this.#chunks.get(chunk);
    if (stored === undefined) return 0;
    const kept = stored.at.filter((at) => at <= time).length;
    this.#parts -= stored.at.length - kept;
    const { at, items, itemMilliseconds, taskMilliseconds, node } = stored;
    for (const column of [at, items, itemMilliseconds, taskMilliseconds, node]) column.length = kept;
    return stored.items.reduce((sum, items) => sum + items, 0);
  }

  async put(): Promise<void> {
    this.requests.put += 1;
    await this.#clock.delay(this.#latency());
  }

  async get(name: string): Promise<Buffer | undefined> {
    this.requests.get += 1;
    await this.#clock.delay(this.#latency());
    const { chunk, part } = parseOutcomeBlob(name);
    const header = this.#header(chunk, part);
    if (header === undefined) return undefined;
    const first = this.#itemsBefore(chunk, part);
    const lines = Array.from({ length: header.fulfilled }, (_, n) =>
      formatOutcomeLine({
        offset: first + n,
        status: "fulfilled",
        attempt: 1,
        milliseconds: 0,
        files: [],
        payload: "null",
      }),
    );
    return Buffer.from(formatPart(header, lines));
  }

  async *list(prefix: string): AsyncGenerator<BlobItem, void, undefined> {
    let shown = 0;
    await this.#page();
    for (const chunk of this.#chunksBelow(prefix)) {
      for (let part = 0; ; part++) {
        const header = this.#header(chunk, part);
        if (header === undefined) break;
        if (header.complete && !this.#keeps) this.#chunks.delete(chunk);
        if (shown > 0 && shown % PAGE === 0) await this.#page();
        shown += 1;
        yield {
          name: outcomeBlob(chunk, part),
          size: 0,
          lastModified: new Date(this.#clock.now()),
          metadata: { [PART_METADATA]: JSON.stringify(header) },
        };
      }
    }
  }

  async #page(): Promise<void> {
    this.requests.list += 1;
    await this.#clock.delay(this.#latency());
  }

  #chunksBelow(prefix: string): number[] {
    const digits = /^outcomes\/(\d{6})(\d{2})?\/?$/.exec(prefix);
    if (digits === null) throw new Error(`The simulated storage knows no list of "${prefix}".`);
    const hundred = Number(digits[1]) * 100;
    if (digits[2] !== undefined) return [hundred + Number(digits[2])];
    return Array.from({ length: 100 }, (_, n) => hundred + n);
  }

  #header(chunk: number, part: number): PartHeader | undefined {
    const stored = this.#chunks.get(chunk);
    const at = stored?.at[part];
    if (stored === undefined || at === undefined || at > this.#clock.now()) return undefined;
    const items = stored.items[part] as number;
    return {
      version: 1,
      chunk,
      part,
      complete: this.#itemsBefore(chunk, part) + items === stored.count,
      fulfilled: items,
      rejected: 0,
      node: stored.node[part] as string,
      itemMilliseconds: stored.itemMilliseconds[part] as number,
      taskMilliseconds: stored.taskMilliseconds[part] as number,
      storedAt: at,
      logs: false,
    };
  }

  #itemsBefore(chunk: number, part: number): number {
    return (this.#chunks.get(chunk)?.items.slice(0, part) ?? []).reduce((sum, items) => sum + items, 0);
  }
}
