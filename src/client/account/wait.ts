import { setTimeout as sleep } from "node:timers/promises";
import type { CallOptions } from "../../azure/ports.js";
import { type Duration, parseDuration } from "../../builders/duration.js";
import { WaitError } from "../../errors/index.js";
import type { Connection } from "../client.js";

/** How long a wait may take, and what else ends it. */
export interface WaitOptions {
  /** How long to wait, from now on. Default: no limit. */
  readonly deadline?: Duration;
  /** Aborting it ends the wait, which throws the signal's reason. */
  readonly signal?: AbortSignal;
}

/** What a look at what is waited for found. */
export type Look<T> =
  /** It is there. */
  | { readonly found: T }
  /** Not yet; `seen` says in words how it is. */
  | { readonly seen: string }
  /** It will never be. */
  | { readonly never: "Gone" | "Impossible"; readonly seen: string };

/** Between two looks, in milliseconds: a service far away is asked less often than this computer. */
const PACES = { local: { least: 20, most: 500 }, azure: { least: 1000, most: 15_000 } } as const;

/** The longest that a timer can wait. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** Intervals that grow while nothing happens. */
export class Pace {
  readonly #pace: { readonly least: number; readonly most: number };
  #interval: number;

  constructor(engine: Connection["engine"]) {
    this.#pace = PACES[engine];
    this.#interval = this.#pace.least;
  }

  /** Waits for the next interval; throws the signal's reason when that is aborted. */
  async pause(signal: AbortSignal | undefined): Promise<void> {
    const interval = this.#interval;
    this.#interval = Math.min(interval * 1.5, this.#pace.most);
    try {
      await sleep(interval, undefined, { signal });
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  }

  /** Something happened: the next interval is the shortest. */
  quicken(): void {
    this.#interval = this.#pace.least;
  }
}

/** Waits until something that is being deleted is gone; `describe` says in words how it is as long as it is there. */
export function waitUntilGone<T>(
  engine: Connection["engine"],
  what: string,
  find: (options: CallOptions) => Promise<T | undefined>,
  describe: (found: T) => string,
  options: WaitOptions,
): Promise<void> {
  const look = async (call: CallOptions): Promise<Look<void>> => {
    const found = await find(call);
    return found === undefined ? { found: undefined } : { seen: describe(found) };
  };
  return waitFor(engine, `${what} to be gone`, look, options);
}

/**
 * Looks again and again until what is waited for is there.
 *
 * @throws WaitError at the deadline, or as soon as it can never come
 */
export async function waitFor<T>(
  engine: Connection["engine"],
  waitedFor: string,
  look: (options: CallOptions) => Promise<Look<T>>,
  { deadline, signal }: WaitOptions = {},
): Promise<T> {
  signal?.throwIfAborted();
  const limit = deadline === undefined ? undefined : parseDuration(deadline, "deadline");
  const timer = new AbortController();
  const ends = limit === undefined ? undefined : performance.now() + limit;
  const timeout =
    limit === undefined ? undefined : setTimeout(() => timer.abort(), Math.min(limit, LONGEST_TIMER));
  const stop = signal === undefined ? timer.signal : AbortSignal.any([signal, timer.signal]);
  const pace = new Pace(engine);
  let lastSeen = "nothing yet";
  try {
    for (;;) {
      const result = await look({ signal: stop });
      if ("found" in result) return result.found;
      if (lastSeen !== result.seen) pace.quicken();
      lastSeen = result.seen;
      if ("never" in result) {
        const why = result.never === "Gone" ? "it is gone" : "that can never be";
        throw new WaitError(`Waited for ${waitedFor}, but ${why}: ${lastSeen}.`, {
          code: result.never,
          waitedFor,
          lastSeen,
        });
      }
      await pace.pause(stop);
    }
  } catch (error) {
    signal?.throwIfAborted();
    const late = ends !== undefined && (timer.signal.aborted || performance.now() >= ends);
    if (!late || error instanceof WaitError) throw error;
    throw new WaitError(
      `Waited for ${waitedFor} for ${String(deadline)}${typeof deadline === "number" ? " ms" : ""}, in vain. Last seen: ${lastSeen}.`,
      { code: "DeadlineExceeded", waitedFor, lastSeen },
    );
  } finally {
    clearTimeout(timeout);
  }
}
