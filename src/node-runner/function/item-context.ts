import type { Attempt } from "../attempt.js";
import { itemFolder, makeItemFolder, nameWithin } from "../item-folder.js";
import type { WorkerSettings } from "./channel.js";

/** What a function gets beside its item. All but the numbers is made when it is first asked for. */
export class ItemContext {
  readonly index: number;
  readonly attempt: number;
  readonly #offset: number;
  readonly #settings: WorkerSettings;
  readonly #shared: () => unknown;
  readonly #started: number;
  #saved: Set<string> | undefined;
  #saveFile: ((path: string) => void) | undefined;
  #hasFolder = false;
  #abort: AbortController | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    { offset, index, attempt }: Omit<Attempt, "text">,
    settings: WorkerSettings,
    shared: () => unknown,
    started = performance.now(),
  ) {
    this.index = index;
    this.attempt = attempt;
    this.#offset = offset;
    this.#settings = settings;
    this.#shared = shared;
    this.#started = started;
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
    const { itemFolders, filesFolder, files } = this.#settings;
    const folder = itemFolder(itemFolders, this.#offset, this.attempt);
    if (!this.#hasFolder) {
      makeItemFolder(folder, filesFolder, files);
      this.#hasFolder = true;
    }
    return folder;
  }

  /** Gives back a file of the working directory with the item's result. It may be taken out of the context. */
  get saveFile(): (path: string) => void {
    this.#saveFile ??= (path) => this.#save(path);
    return this.#saveFile;
  }

  /** Whether the item has used nothing that must be seen to when it ends. */
  get isUnused(): boolean {
    return !this.#hasFolder && this.#abort === undefined;
  }

  /** Ends the item's time. */
  end(): { milliseconds: number; timedOut: boolean; files: string[] | undefined } {
    clearTimeout(this.#timer);
    const milliseconds = performance.now() - this.#started;
    return {
      milliseconds: Math.round(milliseconds * 1000) / 1000,
      timedOut: this.#abort?.signal.aborted === true || milliseconds > (this.#settings.timeout ?? Infinity),
      files: this.#hasFolder ? [...(this.#saved ?? [])] : undefined,
    };
  }

  #save(path: string): void {
    if (typeof path !== "string") throw new TypeError("saveFile takes a path in ctx.workDir, as text.");
    const name = nameWithin(this.workDir, path);
    if (name === undefined) {
      throw new RangeError(
        `saveFile(${JSON.stringify(path)}): only files in ctx.workDir can be given back; write or copy it there.`,
      );
    }
    this.#saved ??= new Set();
    this.#saved.add(name);
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
