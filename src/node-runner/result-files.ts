import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { resultFileBlob } from "../protocol/blob-names.js";
import type { ResultFile } from "../protocol/outcome-part.js";
import type { RunContainer } from "./storage/run-container.js";

/** How many files of one item are stored at a time. */
const AT_ONCE = 4;

/** Stores the files that items give back. */
export class ResultFiles {
  readonly #container: RunContainer;
  readonly #node: string;

  constructor(container: RunContainer, node: string) {
    this.#container = container;
    this.#node = node;
  }

  /** Stores files of an item's working directory, by their names there. Rejects with words that name the file at fault. */
  async store(index: number, folder: string, names: readonly string[]): Promise<ResultFile[]> {
    if (names.length === 0) return [];
    // Whatever an attempt that got lost has stored lies elsewhere.
    const writer = `${this.#node}-${randomBytes(6).toString("hex")}`;
    const stored: ResultFile[] = [];
    const queue = names.entries();
    const storeSome = async () => {
      for (const [place, name] of queue) stored[place] = await this.#storeOne(index, writer, folder, name);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, storeSome));
    return stored;
  }

  async #storeOne(index: number, writer: string, folder: string, name: string): Promise<ResultFile> {
    const blob = resultFileBlob(index, writer, name);
    try {
      return { name, size: await this.#container.upload(blob, join(folder, name)), blob };
    } catch (cause) {
      const reason =
        (cause as NodeJS.ErrnoException).code === "ENOENT" ? "it does not exist" : (cause as Error).message;
      throw new Error(`The file ${JSON.stringify(name)} could not be given back: ${reason}`, { cause });
    }
  }
}
