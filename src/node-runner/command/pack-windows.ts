import type { BlobRange } from "../../protocol/command-line.js";
import type { RunContainer } from "../storage/run-container.js";

/** So many bytes of a pack are fetched together: what lies side by side is for the same item, or for the next ones. */
const WINDOW = 256 * 1024;
/** So many windows are kept. */
const MOST_WINDOWS = 16;

/** Reads files that lie in packs, for all items of a task. */
export class PackWindows {
  readonly #container: RunContainer;
  /** The one that was used last is the last one. */
  readonly #windows = new Map<string, Promise<Buffer>>();

  constructor(container: RunContainer) {
    this.#container = container;
  }

  /** A file's bytes, which are none without a request. */
  async read({ blob, offset, size }: BlobRange): Promise<Buffer> {
    const pieces: Buffer[] = [];
    const end = offset + size;
    for (let at = offset; at < end; ) {
      const start = at - (at % WINDOW);
      const next = Math.min(end, start + WINDOW);
      const piece = (await this.#window(blob, start)).subarray(at - start, next - start);
      if (piece.length < next - at) throw new Error(`${blob} ends before the file does`);
      pieces.push(piece);
      at = next;
    }
    return Buffer.concat(pieces);
  }

  /** The window that begins at `start`: what there is of it. */
  #window(blob: string, start: number): Promise<Buffer> {
    const key = `${blob}:${start}`;
    const window = this.#windows.get(key) ?? this.#fetch(key, blob, start);
    this.#windows.delete(key);
    this.#windows.set(key, window);
    for (const [oldest] of this.#windows) {
      if (this.#windows.size <= MOST_WINDOWS) break;
      this.#windows.delete(oldest);
    }
    return window;
  }

  /** The next one who needs a window that could not be fetched tries again. */
  #fetch(key: string, blob: string, start: number): Promise<Buffer> {
    const window = this.#container.readBytes(blob, start, WINDOW);
    window.catch(() => {
      if (this.#windows.get(key) === window) this.#windows.delete(key);
    });
    return window;
  }
}
