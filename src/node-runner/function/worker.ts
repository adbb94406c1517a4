import { existsSync, readFileSync, writeSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { inspect } from "node:util";
import { decode, encode } from "../../protocol/codec.js";
import { PREPARED } from "../../protocol/task-settings.js";
import type { Attempt } from "../attempt.js";
import { failureOf, messageOf } from "../failure.js";
import { captureOutput } from "./captured-output.js";
import {
  FROM_WORKER,
  type FromWorker,
  formatFromWorker,
  LineSplitter,
  parseToWorker,
  TO_WORKER,
  type WorkerSettings,
} from "./channel.js";
import { ItemContext } from "./item-context.js";
import { encodedValue, type Outcome, timedOutOutcome, toPayload, uncaughtOutcome } from "./outcome.js";

type UserFunction = (item: unknown, context: ItemContext) => unknown;

// As they are before the user's code can replace them.
const { setImmediate } = globalThis;
const exit = process.exit.bind(process);

/** The life of a worker: it loads the function and runs one item after the other, until its channel ends. */
export function runWorker(): void {
  const channel = new Socket({ fd: TO_WORKER, readable: true, writable: false });
  const home = process.cwd();
  const attempts: Attempt[] = [];
  let running: ItemContext | undefined;
  /** An item's failure ends the run: what was sent before that was known is not begun. */
  let stopped = false;
  let wake: () => void = () => undefined;
  let abandon: (() => void) | undefined;

  captureOutput((stream, text) => say({ kind: "output", stream, text }));
  process.on("uncaughtException", (error, origin) => {
    if (running === undefined) {
      writeSync(2, `${inspect(error)}\n`);
    } else {
      const { milliseconds, files } = running.end();
      say({ kind: "end", last: true, milliseconds, files, ...toPayload(uncaughtOutcome(error, origin)) });
    }
    exit(1);
  });
  process.on("beforeExit", () => abandon?.());

  const lines = new LineSplitter();
  channel.setEncoding("utf8");
  channel.on("data", (piece: string) => {
    for (const line of lines.push(piece)) receive(line);
  });
  // The supervisor has ended.
  channel.on("close", () => exit(1));

  function receive(line: string): void {
    const message = parseToWorker(line);
    switch (message.kind) {
      case "settings":
        void run(message.settings);
        return;
      case "attempt":
        attempts.push(message.attempt);
        if (stopped) giveBack();
        else wake();
        return;
      case "return":
        giveBack();
    }
  }

  function giveBack(): void {
    say({ kind: "returned", offsets: attempts.splice(0).map((attempt) => attempt.offset) });
  }

  async function run(settings: WorkerSettings): Promise<void> {
    const userFunction = await load(settings.prepared);
    const shared = sharedValue(settings.prepared);
    say({ kind: "ready" });
    for (;;) {
      const attempt = attempts.shift();
      if (attempt === undefined) await nextAttempt();
      else await runAttempt(userFunction, attempt, new ItemContext(attempt, settings, shared), settings);
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
    if (settings.files.length > 0) process.chdir(context.workDir);
    const returned = await outcomeOf(userFunction, attempt, context);
    // What the item left behind, a promise or a callback that fails at once, is this item's failure.
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
    const { timedOut, ...ended } = context.end();
    const outcome = timedOut ? timedOutOutcome(settings.timeout, returned) : returned;
    say({ kind: "end", last: false, ...ended, ...toPayload(outcome) });
    running = undefined;
    // Wherever the item went, the next one starts where this one did.
    process.chdir(home);
    if ("failure" in outcome && attempt.attempt >= (settings.stopAfterAttempts ?? Infinity)) {
      stopped = true;
      giveBack();
    }
  }

  async function outcomeOf(
    userFunction: UserFunction,
    attempt: Attempt,
    context: ItemContext,
  ): Promise<Outcome> {
    try {
      let value = userFunction(decode(attempt.text), context);
      if (isThenable(value)) value = await settlement(value);
      return encodedValue(value);
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

/** Written before it returns: the process may die at any moment after. */
function say(message: FromWorker): void {
  let rest = Buffer.from(formatFromWorker(message), "utf8");
  while (rest.length > 0) rest = rest.subarray(writeSync(FROM_WORKER, rest));
}
