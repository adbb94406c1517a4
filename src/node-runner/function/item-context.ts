import type { AttemptPlace } from "../attempt.js";
import { itemFolder, makeItemFolder, nameWithin } from "../item-folder.js";
import type { WorkerSettings } from "./channel.js";

/** What all items of a worker have in common. */
export interface Common {
  readonly settings: WorkerSettings;
  readonly shared: () => unknown;
}

/** What an item has used that must be seen to when it ends. */
interface Used {
  saved?: Set<string>;
  hasFolder?: boolean;
  abort?: AbortController;
  timer?: NodeJS.Timeout;
}

/** What a function gets beside its item. All but the numbers is made when it is first asked for: a tiny item costs less. */
export class ItemContext {
  readonly index: number;
  readonly attempt: number;
  readonly #offset: number;
  readonly #common: Common;
  readonly #started: number;
  #used: Used | undefined;
  #saveFile: ((path: string) => void) | undefined;

  constructor({ offset, index, attempt }: AttemptPlace, common: Common, started = performance.now()) {
    this.index = index;
    this.attempt = attempt;
    this.#offset = offset;
    this.#common = common;
    this.#started = started;
  }

  get shared(): unknown {
    return this.#common.shared();
  }

  /** Aborts when the item's time is up, a moment before its process is killed. */
  get signal(): AbortSignal {
    this.#used ??= {};
    this.#used.abort ??= this.#startAbort(this.#used);
    return this.#used.abort.signal;
  }

  /** An empty directory for this item (or one with the run's files), which goes when the item has ended. */
  get workDir(): string {
    const { itemFolders, filesFolder, files } = this.#common.settings;
    const folder = itemFolder(itemFolders, this.#offset, this.attempt);
    if (this.#used?.hasFolder !== true) {
      makeItemFolder(folder, filesFolder, files);
      this.#used = { ...this.#used, hasFolder: true };
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
    return this.#used === undefined;
  }

  /** Ends the item's time. */
  end(): { milliseconds: number; timedOut: boolean; files: string[] | undefined } {
    const { abort, timer, hasFolder, saved } = this.#used ?? {};
    clearTimeout(timer);
    const milliseconds = performance.now() - this.#started;
    return {
      milliseconds: Math.round(milliseconds * 1000) / 1000,
      timedOut: abort?.signal.aborted === true || milliseconds > (this.#common.settings.timeout ?? Infinity),
      files: hasFolder ? [...(saved ?? [])] : undefined,
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
    this.#used ??= {};
    this.#used.saved ??= new Set();
    this.#used.saved.add(name);
  }

  #startAbort(used: Used): AbortController {
    const abort = new AbortController();
    const { timeout } = this.#common.settings;
    if (timeout === undefined) return abort;
    const left = Math.max(0, timeout - (performance.now() - this.#started));
    used.timer = setTimeout(
      () => abort.abort(new DOMException("The item's time is up.", "TimeoutError")),
      left,
    );
    return abort;
  }
}
