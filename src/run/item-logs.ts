import type { ContainerPort } from "../azure/ports.js";
import { InvalidArgumentError } from "../errors/index.js";
import { parseLogs } from "../protocol/log-lines.js";
import type { Collector } from "./collector.js";
import { storageGone } from "./part-reader.js";
import type { ItemLogs } from "./run.js";

/** Logs up to this size in all are kept in memory when a run's storage goes. */
const KEPT_BYTES = 4 * 1024 * 1024;

/**
 * What an item of a run wrote; nothing where the run has no storage. `items` is how many there are, where that is known.
 *
 * @throws InvalidArgumentError where there is no such item
 */
export async function itemLogs(
  reader: LogReader | undefined,
  runId: string,
  index: number,
  items = Number.POSITIVE_INFINITY,
): Promise<ItemLogs> {
  if (!Number.isInteger(index) || index < 0 || index >= items) {
    const shown = typeof index === "number" ? String(index) : typeof index;
    throw new InvalidArgumentError(
      `The run "${runId}" has no item ${shown}: an item's index is its place in the input, from 0.`,
      { option: "index" },
    );
  }
  return reader?.read(index) ?? { stdout: "", stderr: "" };
}

/** What items wrote: in the run's storage, and when that goes, in memory, if it is not too much. */
export class LogReader {
  readonly #collector: Collector;
  readonly #container: ContainerPort;
  readonly #runId: string;
  #kept: Map<string, string> | undefined;

  constructor(collector: Collector, container: ContainerPort, runId: string) {
    this.#collector = collector;
    this.#container = container;
    this.#runId = runId;
  }

  async read(index: number): Promise<ItemLogs> {
    let stdout = "";
    let stderr = "";
    for (const { blob, offset } of this.#collector.logBlobs(index)) {
      for (const line of parseLogs(await this.#text(blob))) {
        if (line.offset !== offset) continue;
        stdout += line.stdout;
        stderr += line.stderr;
      }
    }
    return { stdout, stderr };
  }

  /** Keeps what may be kept, as the storage is about to go. */
  async keep(): Promise<void> {
    const kept = new Map<string, string>();
    let bytes = 0;
    for (const blob of this.#collector.allLogBlobs()) {
      const content = await this.#container.get(blob);
      bytes += content?.length ?? 0;
      if (bytes > KEPT_BYTES) break;
      kept.set(blob, content?.toString("utf8") ?? "");
    }
    this.#kept = kept;
  }

  async #text(blob: string): Promise<string> {
    if (this.#kept === undefined) return (await this.#container.get(blob))?.toString("utf8") ?? "";
    const text = this.#kept.get(blob);
    if (text === undefined) throw storageGone(this.#runId);
    return text;
  }
}
