import { existsSync, readFileSync, writeSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { inspect } from "node:util";
import { decode, encode } from "../../protocol/codec.js";
import { isJsonPrimitive, type JsonPrimitive } from "../../protocol/plain-json.js";
import { PREPARED } from "../../protocol/task-settings.js";
import type { Attempt, AttemptPlace, AttemptRun } from "../attempt.js";
import { failureOf, messageOf } from "../failure.js";
import { captureOutput } from "./captured-output.js";
import {
  FROM_WORKER,
  type FromWorker,
  formatFromWorker,
  parseToWorker,
  TextReader,
  TO_WORKER,
  type ToWorker,
  type WorkerSettings,
} from "./channel.js";
import { HeldAttempts, type Together } from "./held-attempts.js";
import { type Common, ItemContext } from "./item-context.js";
import { encodedValue, type Outcome, timedOutOutcome, toPayload, uncaughtOutcome } from "./outcome.js";
import { Trust } from "./trust.js";
import { type Ended, Window } from "./window.js";

type UserFunction = (item: unknown, context: ItemContext) => unknown;

/** How long items are made in one go, in milliseconds, and how many of them and of their values' characters at most. */
const WINDOW = 2;
const WINDOW_ITEMS = { first: 64, most: 4096 };
const WINDOW_CHARACTERS = 256 * 1024;

// As they are before the user's code can replace them.
const { setImmediate } = globalThis;
const exit = process.exit.bind(process);
const cwd = process.cwd.bind(process);

/** The life of a worker: it loads the function and runs one item after the other, until its channel ends. */
export function runWorker(): void {
  const channel = new Socket({ fd: TO_WORKER, readable: true, writable: false });
  const home = cwd();
  const attempts = new HeldAttempts();
  const trust = new Trust();
  let running: ItemContext | undefined;
  let window: Window | undefined;
  let windowItems = WINDOW_ITEMS.first;
  /** Whether the item that runs wrote something. */
  let spoke = false;
  /** An item's failure ends the run: what was sent before that was known is not begun. */
  let stopped = false;
  let wake: () => void = () => undefined;
  let abandon: (() => void) | undefined;

  captureOutput((stream, text) => {
    spoke = true;
    window?.tell();
    say({ kind: "output", stream, text });
  });
  process.on("uncaughtException", (error, origin) => {
    // Of items that were made in one go it is not known whose it is: they are made again, each alone.
    if (window !== undefined && !window.isTold) exit(1);
    if (running === undefined) {
      writeSync(2, `${inspect(error)}\n`);
    } else {
      const { milliseconds, files } = running.end();
      say({ kind: "end", last: true, milliseconds, files, ...toPayload(uncaughtOutcome(error, origin)) });
    }
    exit(1);
  });
  process.on("beforeExit", () => abandon?.());
  beforeDeath(() => {
    if (window?.isRunning === true) window.tell();
  });

  const said = new TextReader();
  /** Attempts of which not all items have come yet. */
  let coming: { readonly run: AttemptRun; readonly characters: number } | undefined;
  channel.setEncoding("utf8");
  channel.on("data", (piece: string) => {
    said.push(piece);
    while (receive());
  });
  // The supervisor has ended.
  channel.on("close", () => exit(1));

  /** Takes the next thing that was said; false where it has not come whole. */
  function receive(): boolean {
    if (coming !== undefined) return receiveItems(coming);
    const line = said.line();
    if (line === undefined) return false;
    obey(parseToWorker(line));
    return true;
  }

  function receiveItems({ run, characters }: NonNullable<typeof coming>): boolean {
    const text = said.characters(characters);
    if (text === undefined) return false;
    coming = undefined;
    attempts.push({ run, text });
    if (stopped) giveBack();
    else wake();
    return true;
  }

  function obey(message: ToWorker): void {
    switch (message.kind) {
      case "settings":
        void run(message.settings);
        return;
      case "attempts":
        coming = message;
        return;
      case "careful":
        trust.lose();
        return;
      case "return":
        giveBack();
    }
  }

  function giveBack(): void {
    const begun = window?.begun ?? (running === undefined ? 0 : 1);
    say({ kind: "returned", begun, count: attempts.clear() });
  }

  async function run(settings: WorkerSettings): Promise<void> {
    const userFunction = await load(settings.prepared);
    const common = { settings, shared: sharedValue(settings.prepared) };
    const mayTrust = settings.timeout === undefined && settings.files.length === 0;
    say({ kind: "ready" });
    for (;;) {
      const attempt = attempts.first();
      if (attempt === undefined) await nextAttempt();
      else if (mayTrust && trust.isThere && (await runTogether(userFunction, common))) continue;
      else {
        attempts.drop(1);
        await runAttempt(userFunction, attempt, new ItemContext(attempt, common), settings);
      }
    }
  }

  function nextAttempt(): Promise<void> {
    return new Promise((resolve) => {
      wake = resolve;
    });
  }

  async function runAttempt(
    userFunction: UserFunction,
    attempt: Attempt,
    context: ItemContext,
    settings: WorkerSettings,
  ): Promise<void> {
    running = context;
    spoke = false;
    if (settings.files.length > 0) process.chdir(context.workDir);
    const returned = call(userFunction, () => decode(attempt.text), context);
    const outcome = await endAttempt(attempt, context, returned, settings);
    trust.ended(returned instanceof Late || spoke || outcome.isSpecial ? undefined : outcome.milliseconds);
  }

  /** Waits for the attempt's end and for what it left behind, and tells how it went. */
  async function endAttempt(
    { attempt }: Pick<Attempt, "attempt">,
    context: ItemContext,
    returned: Returned,
    settings: WorkerSettings,
  ): Promise<{ readonly milliseconds: number; readonly isSpecial: boolean }> {
    const made = returned instanceof Late ? await returned.outcome : outcomeOf(returned);
    // What the item left behind, a promise or a callback that fails at once, is this item's failure.
    await turn();
    const { timedOut, ...ended } = context.end();
    const outcome = timedOut ? timedOutOutcome(settings.timeout, made) : made;
    say({ kind: "end", last: false, ...ended, ...toPayload(outcome) });
    running = undefined;
    window = undefined;
    // Wherever the item went, the next one starts where this one did.
    process.chdir(home);
    const hasFailed = "failure" in outcome;
    if (hasFailed && attempt >= (settings.stopAfterAttempts ?? Infinity)) {
      stopped = true;
      giveBack();
    }
    return { milliseconds: ended.milliseconds, isSpecial: hasFailed || ended.files !== undefined };
  }

  /** Makes attempts in one go and tells how they went. False where none can be made so. */
  async function runTogether(userFunction: UserFunction, common: Common): Promise<boolean> {
    const together = attempts.together(windowItems);
    if (together === undefined) return false;
    const open = new Window(write, together.count);
    window = open;
    const { made, special } = makeTogether(userFunction, together, common, open);
    attempts.drop(made);
    if (special !== undefined) {
      open.tell();
      const { place, context, returned } = special;
      await endAttempt(place, context, returned, common.settings);
      trust.ended(undefined);
      return true;
    }
    windowItems = Math.min(WINDOW_ITEMS.most, Math.max(WINDOW_ITEMS.first, 2 * made));
    await turn();
    if (open.isTold) trust.ended(undefined);
    open.close();
    running = undefined;
    window = undefined;
    goHome();
    return true;
  }

  /** Makes attempts, for about {@link WINDOW}, until one is not as quick and simple as those before; that one is given. */
  function makeTogether(
    userFunction: UserFunction,
    { first, values, from, count }: Together,
    common: Common,
    open: Window,
  ): { readonly made: number; readonly special?: Special } {
    let made = 0;
    let started = performance.now();
    const end = started + WINDOW;
    while (made < count && started < end && open.characters < WINDOW_CHARACTERS) {
      const place = { offset: first.offset + made, index: first.index + made, attempt: first.attempt };
      const item = values[from + made++];
      const context = new ItemContext(place, common, started);
      running = context;
      open.begin();
      const returned = call(userFunction, () => item, context);
      const now = performance.now();
      if (!isEnded(returned) || open.isTold || !context.isUnused)
        return { made, special: { place, context, returned } };
      open.end(returned, now - started);
      trust.ended(now - started);
      started = now;
      goHome();
    }
    return { made };
  }

  /** As `process.chdir`, which costs more than to see that there is no need. */
  function goHome(): void {
    try {
      if (cwd() === home) return;
    } catch {
      // Where it was is gone.
    }
    process.chdir(home);
  }

  /** Calls the function. */
  function call(userFunction: UserFunction, item: () => unknown, context: ItemContext): Returned {
    try {
      const value = userFunction(item(), context);
      if (isJsonPrimitive(value)) return value;
      return isThenable(value) ? new Late(lateOutcome(value)) : encodedValue(value);
    } catch (error) {
      return { failure: failureOf(error) };
    }
  }

  async function lateOutcome(value: PromiseLike<unknown>): Promise<Outcome> {
    try {
      return encodedValue(await settlement(value));
    } catch (error) {
      return { failure: failureOf(error) };
    }
  }

  /** Waits for a promise; meanwhile, the channel alone does not keep the process alive. */
  async function settlement(value: PromiseLike<unknown>): Promise<unknown> {
    channel.unref();
    try {
      return await new Promise((resolve, reject) => {
        abandon = () =>
          reject(new Error("The function's promise cannot settle: nothing is left that would do it."));
        Promise.resolve(value).then(resolve, reject);
      });
    } finally {
      abandon = undefined;
      channel.ref();
    }
  }
}

/** The outcome of a function that returned a promise. */
class Late {
  constructor(readonly outcome: Promise<Outcome>) {}
}

/** What a call has come to: a value that is not encoded yet, as many at once take less time, or its outcome. */
type Returned = JsonPrimitive | Outcome | Late;

/** An attempt that must be seen to by itself. */
interface Special {
  readonly place: AttemptPlace;
  readonly context: ItemContext;
  readonly returned: Returned;
}

function outcomeOf(returned: JsonPrimitive | Outcome): Outcome {
  return typeof returned === "object" && returned !== null ? returned : encodedValue(returned);
}

/** Whether the call has come to a value, and is over. */
function isEnded(returned: Returned): returned is Ended {
  if (typeof returned !== "object" || returned === null) return true;
  return !(returned instanceof Late) && !("failure" in returned);
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Calls a listener before the user's code ends this process, as far as JavaScript can know of it. */
function beforeDeath(listener: () => void): void {
  process.on("exit", listener);
  const ways = process as unknown as Record<string, (...args: unknown[]) => unknown>;
  for (const name of ["kill", "abort", "reallyExit"]) {
    const way = ways[name];
    if (way === undefined) continue;
    ways[name] = (...args) => {
      listener();
      return way.apply(process, args);
    };
  }
}

/** The function. Where it cannot be loaded, no item can run, and the process ends. */
async function load(prepared: string): Promise<UserFunction> {
  try {
    const module = (await import(pathToFileURL(join(prepared, PREPARED.work)).href)) as { default?: unknown };
    if (typeof module.default !== "function") throw new TypeError("its default export is not a function");
    return module.default as UserFunction;
  } catch (error) {
    const message = `The module with the function could not be loaded: ${messageOf(error)}`;
    say({ kind: "unloadable", payload: encode({ ...failureOf(error), message }) });
    return exit(1);
  }
}

/** The value of `shared`, decoded at its first use. */
function sharedValue(prepared: string): () => unknown {
  const file = join(prepared, PREPARED.shared);
  let read: { value: unknown } | undefined;
  return () => {
    read ??= { value: existsSync(file) ? decode(readFileSync(file, "utf8")) : undefined };
    return read.value;
  };
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === "function";
}

function say(message: FromWorker): void {
  write(formatFromWorker(message));
}

/** Written before it returns: the process may die at any moment after. */
function write(lines: string): void {
  let rest = Buffer.from(lines, "utf8");
  while (rest.length > 0) rest = rest.subarray(writeSync(FROM_WORKER, rest));
}
