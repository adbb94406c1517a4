import { limitFunction } from "p-limit";
import type { ContainerPort } from "../azure/ports.js";
import { StorageGoneError } from "../errors/index.js";
import { headerOf, type PartHeader, splitEntries, splitPart } from "../protocol/outcome-part.js";
import { throughOutages } from "./outage.js";

/** An outcome part. */
export interface OutcomePart {
  readonly header: PartHeader;
  /** A line of each item. */
  readonly lines: readonly string[];
  /** Lines of items and of series of them. */
  readonly entries: readonly string[];
}

/** A part's header is shorter. */
const HEADER_BYTES = 1024;
const HELD_BYTES = 32 * 1024 * 1024;
const READS_AT_ONCE = 16;

/**
 * Reads outcome parts from the run's container. What was read last is held, up to a bound, as the watcher (for the
 * header) and a reader of outcomes mostly ask for the same part shortly after one another.
 */
export class PartReader {
  #container: ContainerPort | undefined;
  readonly #runId: string;
  readonly #stopped: AbortSignal;
  readonly #download = limitFunction((blob: string) => this.#fetch(blob), { concurrency: READS_AT_ONCE });
  /** The bytes, and not the lines that they are split into, which take several times as much. */
  readonly #held = new Map<string, { readonly content: Promise<Buffer | undefined>; bytes: number }>();
  #heldBytes = 0;
  #readers = 0;
  #bytesRead = 0;
  #gone = false;

  /** `stopped` is aborted when the run stops: from then on no outage of storage is waited for. */
  constructor(runId: string, stopped: AbortSignal) {
    this.#runId = runId;
    this.#stopped = stopped;
  }

  /** Says where the parts are. */
  open(container: ContainerPort): void {
    this.#container = container;
  }

  /** Where the run's blobs are; throws StorageGoneError where they are no more. */
  get container(): ContainerPort {
    if (this.#gone || this.#container === undefined) throw storageGone(this.#runId);
    return this.#container;
  }

  /** Bytes downloaded so far. */
  get bytesRead(): number {
    return this.#bytesRead;
  }

  /** From now on what is not held is gone. */
  storageGone(): void {
    this.#gone = true;
  }

  /** Says that somebody reads outcomes; gives what says that it is over. */
  beginReading(): () => void {
    this.#readers += 1;
    return () => {
      this.#readers -= 1;
    };
  }

  /**
   * A part's header, or undefined where there is no such part yet. The whole part comes with it where somebody reads outcomes
   * anyway; where nobody does, they stay where they are.
   */
  async header(blob: string): Promise<PartHeader | undefined> {
    if (this.#readers > 0 || this.#held.has(blob)) return (await this.find(blob))?.header;
    const beginning = await this.#beginning(blob);
    if (beginning === undefined) return undefined;
    return headerOf(beginning) ?? (await this.find(blob))?.header;
  }

  /** A part that exists. */
  async read(blob: string): Promise<OutcomePart> {
    const part = await this.find(blob);
    if (part === undefined)
      throw new Error(`The outcome part ${blob} of the run "${this.#runId}" is missing in storage.`);
    return part;
  }

  /** A part, or undefined where there is none yet. */
  async find(blob: string): Promise<OutcomePart | undefined> {
    const content = await (this.#held.get(blob)?.content ?? this.#open(blob));
    return content && partOf(content);
  }

  async #beginning(blob: string): Promise<string | undefined> {
    if (this.#gone) throw storageGone(this.#runId);
    const container = this.#container;
    const range = { offset: 0, length: HEADER_BYTES };
    const content = container && (await throughOutages(() => container.get(blob, range), this.#stopped));
    if (content === undefined) return undefined;
    this.#bytesRead += content.length;
    return content.toString("utf8");
  }

  async #open(blob: string): Promise<Buffer | undefined> {
    if (this.#gone) throw storageGone(this.#runId);
    const entry = { content: this.#download(blob), bytes: 0 };
    this.#held.set(blob, entry);
    try {
      const content = await entry.content;
      if (content === undefined) this.#held.delete(blob);
      return content;
    } catch (error) {
      this.#held.delete(blob);
      throw error;
    }
  }

  async #fetch(blob: string): Promise<Buffer | undefined> {
    const container = this.#container;
    const content = container && (await throughOutages(() => container.get(blob), this.#stopped));
    if (content === undefined) return undefined;
    this.#bytesRead += content.length;
    this.#hold(blob, content.length);
    return content;
  }

  #hold(blob: string, bytes: number): void {
    const entry = this.#held.get(blob);
    if (entry === undefined) return;
    entry.bytes = bytes;
    this.#heldBytes += bytes;
    for (const [oldest, { bytes: freed }] of this.#held) {
      if (this.#heldBytes <= HELD_BYTES) return;
      if (oldest === blob || freed === 0) continue;
      this.#held.delete(oldest);
      this.#heldBytes -= freed;
    }
  }
}

/** Most ask for one of its three parts, and the header takes no more than its own bytes. */
function partOf(content: Buffer): OutcomePart {
  return {
    header: JSON.parse(content.toString("utf8", 0, content.indexOf("\n"))) as PartHeader,
    get lines() {
      return splitPart(content.toString("utf8")).lines;
    },
    get entries() {
      return splitEntries(content.toString("utf8")).entries;
    },
  };
}

/** What to say where a run's storage was needed and is gone. */
export function storageGone(runId: string): StorageGoneError {
  return new StorageGoneError(
    `The storage of the run "${runId}" went after its outcomes were read for the first time. To read them again, or ` +
      'later, give the run the option keep: "always".',
    { runId },
  );
}
