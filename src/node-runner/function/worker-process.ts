import { type ChildProcess, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { decode } from "../../protocol/codec.js";
import type { ItemFailure } from "../../protocol/outcome-part.js";
import type { AttemptPlace, AttemptRun, AttemptsWithItems, SeriesEnd } from "../attempt.js";
import { BoundedText } from "../bounded-text.js";
import { FAILURE_TAIL, timeoutFailure } from "../failure.js";
import type { ProcessGuard } from "../process-guard.js";
import { AttemptQueue } from "./attempt-queue.js";
import {
  CAREFUL_LINE,
  FROM_WORKER,
  type FromWorker,
  formatAttempts,
  formatSettings,
  LineSplitter,
  parseFromWorker,
  RETURN_LINE,
  TO_WORKER,
  type WorkerSettings,
} from "./channel.js";
import { crashFailure } from "./crash-failure.js";
import { WORKER_ROLE } from "./worker-role.js";

/** Between the abort of an item's signal and the end of its process. */
const ABORT_GRACE = 1_000;
/** How long an ended worker's streams may be held open by what it started. */
const DRAIN_TIME = 1_000;

/** How an attempt went in a worker. */
export interface WorkerEnd {
  readonly attempt: AttemptPlace;
  readonly milliseconds: number;
  /** The files to give back; undefined if the attempt surely has no working directory. */
  readonly files: readonly string[] | undefined;
  readonly result: { readonly payload: string } | { readonly failure: ItemFailure };
  readonly output: { readonly stdout: string; readonly stderr: string } | undefined;
}

export type WorkerGone =
  | { readonly kind: "ended" }
  /** It could not load the function, and no other worker will. */
  | { readonly kind: "unloadable"; readonly failure: ItemFailure }
  /** It died before the function was loaded. */
  | { readonly kind: "died loading"; readonly failure: ItemFailure };

export interface WorkerEvents {
  ready(): void;
  ended(end: WorkerEnd): void;
  seriesEnded(end: SeriesEnd): void;
  /** The attempts have not been begun, or not all of them have ended. */
  returned(runs: readonly AttemptRun[]): void;
  /** The process is gone, and all it said has been heard. */
  gone(reason: WorkerGone): void;
}

/** A worker as the supervisor sees it: the attempts it was given, of which the first one runs. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #events: WorkerEvents;
  readonly #timeout: number | undefined;
  readonly #attempts = new AttemptQueue();
  /** So many of them are being made in one go. */
  #window = 0;
  #isCareful = false;
  readonly #lines = new LineSplitter();
  /** What the worker said, and has not been looked at. */
  #heard: string[] = [];
  #state: "loading" | "ready" | "ending" | "gone" = "loading";
  #returning = false;
  #unloadable: ItemFailure | undefined;
  #stdout = new BoundedText();
  #stderr = new BoundedText();
  #startedAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #overdue: number | undefined;

  constructor(
    options: {
      environment: Readonly<Record<string, string>>;
      folder: string;
      guard: ProcessGuard;
      settings: WorkerSettings;
    },
    events: WorkerEvents,
  ) {
    this.#events = events;
    this.#timeout = options.settings.timeout;
    this.#child = spawn(process.execPath, [...process.execArgv, __filename, WORKER_ROLE], {
      cwd: options.folder,
      env: options.guard.environment(options.environment),
      detached: true,
      stdio: ["ignore", "pipe", "pipe", "pipe", "pipe"],
    });
    options.guard.watch(this.#child);
    this.#toWorker.on("error", () => undefined);
    this.#toWorker.write(formatSettings(options.settings));
    this.#listen();
  }

  /** Whether it can be given attempts. */
  get isReady(): boolean {
    return this.#state === "ready";
  }

  /** How many attempts it holds. */
  get load(): number {
    return this.#attempts.length;
  }

  /** How long the attempt that it runs has been running, in milliseconds. */
  get elapsed(): number {
    return this.#attempts.length === 0 ? 0 : performance.now() - this.#startedAt;
  }

  give(attempts: AttemptsWithItems): void {
    const idle = this.#attempts.length === 0;
    this.#attempts.push(attempts.run);
    this.#toWorker.write(formatAttempts(attempts));
    if (idle) this.#startTime();
  }

  /** Asks for the attempts that it has not begun. */
  askBack(): void {
    if (this.#returning) return;
    this.#returning = true;
    this.#toWorker.write(RETURN_LINE);
  }

  /** Ends the process; what it has not finished counts as not begun. */
  kill(): void {
    this.#state = "ending";
    this.#child.kill("SIGKILL");
  }

  get #toWorker(): Writable {
    return this.#child.stdio[TO_WORKER] as Writable;
  }

  #listen(): void {
    const fromWorker = this.#child.stdio[FROM_WORKER] as Readable;
    fromWorker.setEncoding("utf8");
    fromWorker.on("data", (piece: string) => this.#hear(piece));
    for (const [stream, name] of [
      [this.#child.stdout, "stdout"],
      [this.#child.stderr, "stderr"],
    ] as const) {
      stream?.setEncoding("utf8").on("data", (text: string) => this.#writePast(name, text));
    }
    this.#child.once("error", () => this.#gone(null, null));
    this.#child.once("exit", (code, signal) => {
      // A process that it started and that got out of its group may hold the streams.
      const drained = setTimeout(() => {
        for (const stream of this.#child.stdio) stream?.destroy();
      }, DRAIN_TIME);
      this.#child.once("close", () => {
        clearTimeout(drained);
        this.#gone(code, signal);
      });
    });
  }

  /**
   * Looks at what the worker said after two turns of the event loop, and not at once: what the item wrote past
   * `process.stdout` came before the item's end, through other pipes, and has been read by then. Each piece waits for itself,
   * as the pipes are not read in the order in which they were written.
   */
  #hear(piece: string): void {
    const lines = this.#lines.push(piece);
    if (lines.length === 0) return;
    this.#heard.push(...lines);
    setImmediate(() => setImmediate(() => this.#attend(lines.length)));
  }

  /** Fewer lines are left where the process has ended meanwhile, which has all of them looked at. */
  #attend(count: number): void {
    for (const line of this.#heard.splice(0, count)) this.#receive(parseFromWorker(line));
  }

  #receive(message: FromWorker): void {
    switch (message.kind) {
      case "ready":
        if (this.#state !== "loading") return;
        this.#state = "ready";
        this.#events.ready();
        return;
      case "unloadable":
        this.#unloadable = this.#withStderr(decode(message.payload) as ItemFailure);
        return;
      case "output":
        this.#write(message.stream, message.text);
        return;
      case "returned":
        this.#returning = false;
        this.#events.returned(this.#attempts.remove(message.begun, message.count));
        return;
      case "window":
        this.#window = message.count;
        return;
      case "series":
        this.#endSeries(message.count, message.milliseconds, message.payload);
        return;
      case "end":
        if (message.last) this.#state = "ending";
        this.#end(
          message.milliseconds,
          message.files,
          message.status === "fulfilled"
            ? { payload: message.payload }
            : { failure: this.#withStderr(decode(message.payload) as ItemFailure) },
        );
    }
  }

  /** What came not by the worker's `process.stdout`: only of items that are made one by one it can be told whose it is. */
  #writePast(stream: "stdout" | "stderr", text: string): void {
    this.#write(stream, text);
    if (this.#isCareful) return;
    this.#isCareful = true;
    this.#toWorker.write(CAREFUL_LINE);
  }

  #write(stream: "stdout" | "stderr", text: string): void {
    (stream === "stdout" ? this.#stdout : this.#stderr).add(text);
  }

  /** The attempt that ran has ended; the next one has begun. */
  #end(milliseconds: number, files: readonly string[] | undefined, result: WorkerEnd["result"]): void {
    const attempt = this.#attempts.first();
    if (attempt === undefined) return;
    this.#attempts.drop(1);
    this.#window = Math.max(0, this.#window - 1);
    const silent = this.#stdout.isEmpty && this.#stderr.isEmpty;
    const output = silent ? undefined : { stdout: this.#stdout.toString(), stderr: this.#stderr.toString() };
    if (!silent) this.#forgetOutput();
    if (this.#attempts.length > 0) this.#startTime();
    else clearTimeout(this.#timer);
    this.#events.ended({ attempt, milliseconds, files, result, output });
  }

  /** Attempts that were made in one go have ended; the next one has begun. */
  #endSeries(count: number, milliseconds: number, payload: string): void {
    if (!this.#stdout.isEmpty || !this.#stderr.isEmpty) {
      this.#endOneByOne(count, milliseconds, payload);
      return;
    }
    const first = this.#attempts.first();
    if (first === undefined) return;
    this.#attempts.drop(count);
    this.#window = Math.max(0, this.#window - count);
    if (this.#attempts.length > 0) this.#startTime();
    else clearTimeout(this.#timer);
    const { offset, attempt } = first;
    this.#events.seriesEnded({ offset, count, attempt, milliseconds, payload });
  }

  /** Something was written past the worker, by whichever of them: the first one gets it. */
  #endOneByOne(count: number, milliseconds: number, payload: string): void {
    for (const value of JSON.parse(payload) as unknown[])
      this.#end(milliseconds / count, undefined, { payload: JSON.stringify(value) });
  }

  #forgetOutput(): void {
    this.#stdout = new BoundedText();
    this.#stderr = new BoundedText();
  }

  #withStderr(failure: ItemFailure): ItemFailure {
    return this.#stderr.isEmpty ? failure : { ...failure, stderr: this.#stderr.end(FAILURE_TAIL) };
  }

  #startTime(): void {
    this.#startedAt = performance.now();
    if (this.#timeout === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#overdue = this.#attempts.first()?.offset;
      this.#child.kill("SIGKILL");
    }, this.#timeout + ABORT_GRACE);
  }

  #gone(code: number | null, signal: NodeJS.Signals | null): void {
    if (this.#state === "gone") return;
    clearTimeout(this.#timer);
    this.#attend(this.#heard.length);
    const died = this.#withStderr(crashFailure(code, signal, this.#stderr.end(FAILURE_TAIL)));
    const state = this.#state;
    this.#state = "gone";
    if (state === "ready" && this.#window <= 1) this.#blame(died);
    this.#returnAll();
    if (state !== "loading") this.#events.gone({ kind: "ended" });
    else if (this.#unloadable !== undefined)
      this.#events.gone({ kind: "unloadable", failure: this.#unloadable });
    else this.#events.gone({ kind: "died loading", failure: died });
  }

  /** Those that were being made in one go are made again one by one, so that the one that ends its process is found. */
  #returnAll(): void {
    const suspects = this.#attempts.take(this.#window > 1 ? this.#window : 0);
    const others = this.#attempts.take(this.#attempts.length);
    this.#events.returned([...suspects.map((run) => ({ ...run, alone: true })), ...others]);
  }

  /** The attempt that ran when the process died has failed, unless it had only just begun when another's time was up. */
  #blame(died: ItemFailure): void {
    const running = this.#attempts.first()?.offset;
    if (running === undefined || (this.#overdue !== undefined && this.#overdue !== running)) return;
    const failure = this.#overdue === undefined ? died : this.#withStderr(timeoutFailure(this.#timeout));
    this.#end(Math.round(this.elapsed), [], { failure });
  }
}
