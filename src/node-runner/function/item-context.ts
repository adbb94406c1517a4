import type { Attempt } from "../attempt.js";
import { itemFolder, makeItemFolder, nameWithin } from "../item-folder.js";
import type { WorkerSettings } from "./channel.js";

/** What a function gets beside its item. All but the numbers is made when it is first asked for. */
export class ItemContext {
  readonly index: number;
  readonly attempt: number;
  readonly #settings: WorkerSettings;
  readonly #shared: () => unknown;
  readonly #folder: string;
  readonly #started = performance.now();
  readonly #saved = new Set<string>();
  #hasFolder = false;
  #abort: AbortController | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(attempt: Attempt, settings: WorkerSettings, shared: () => unknown) {
    this.index = attempt.index;
    this.attempt = attempt.attempt;
    this.#settings = settings;
    this.#shared = shared;
    this.#folder = itemFolder(settings.itemFolders, attempt.offset, attempt.attempt);
  }

  get shared(): unknown {
    return this.#shared();
  }

  /** Aborts when the item's time is up, a moment before its process is killed. */
  get signal(): AbortSignal {
    this.#abort ??= this.#startAbort();
    return this.#abort.signal;
  }

  /** An empty directory for this item (or one with the run's files), which goes when the item has ended. */
  get workDir(): string {
    if (!this.#hasFolder) {
      makeItemFolder(this.#folder, this.#settings.filesFolder, this.#settings.files);
      this.#hasFolder = true;
    }
    return this.#folder;
  }

  /** Gives back a file of the working directory with the item's result. */
  readonly saveFile = (path: string): void => {
    if (typeof path !== "string") throw new TypeError("saveFile takes a path in ctx.workDir, as text.");
    const name = nameWithin(this.workDir, path);
    if (name === undefined) {
      throw new RangeError(
        `saveFile(${JSON.stringify(path)}): only files in ctx.workDir can be given back; write or copy it there.`,
      );
    }
    this.#saved.add(name);
  };

  /** Ends the item's time. */
  end(): { milliseconds: number; timedOut: boolean; files: string[] | undefined } {
    clearTimeout(this.#timer);
    const milliseconds = performance.now() - this.#started;
    return {
      milliseconds: Math.round(milliseconds * 1000) / 1000,
      timedOut: this.#abort?.signal.aborted === true || milliseconds > (this.#settings.timeout ?? Infinity),
      files: this.#hasFolder ? [...this.#saved] : undefined,
    };
  }

  #startAbort(): AbortController {
    const abort = new AbortController();
    const { timeout } = this.#settings;
    if (timeout === undefined) return abort;
    const left = Math.max(0, timeout - (performance.now() - this.#started));
    this.#timer = setTimeout(
      () => abort.abort(new DOMException("The item's time is up.", "TimeoutError")),
      left,
    );
    return abort;
  }
}
