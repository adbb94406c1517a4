import { LocalEngineError } from "../errors/index.js";

/** Why a run ends before every item has its outcome. */
export type StopCause =
  /** `cancel()`, an aborted `signal`, or a job that somebody else ended. */
  | { readonly kind: "cancelled"; readonly reason: unknown }
  | { readonly kind: "deadline" }
  /** An item failed, and `onError` is `"stop"`. */
  | { readonly kind: "item-failed" }
  /** The run itself cannot go on. */
  | { readonly kind: "failed"; readonly error: unknown };

/** The one place that says whether, and why, a run stops. The first cause stays. */
export class Stopper {
  readonly #controller = new AbortController();
  #cause: StopCause | undefined;

  /** Resolves when the run stops. */
  readonly stopped = new Promise<undefined>((resolve) => {
    this.#controller.signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });

  /** Aborted when the run stops. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get cause(): StopCause | undefined {
    return this.#cause;
  }

  stop(cause: StopCause): void {
    if (this.#cause !== undefined) return;
    this.#cause = cause;
    this.#controller.abort();
  }

  /** Stops as cancelled when the caller's signal is aborted; gives what lets go of it. */
  obey(signal: AbortSignal | undefined): () => void {
    return this.#stopWith(signal, () => ({ kind: "cancelled", reason: signal?.reason }));
  }

  /** Stops with the local engine, whose death `lost` says; gives what lets go of it. */
  obeyEngine(lost: AbortSignal | undefined): () => void {
    const message =
      "The local engine ended while the run went on: something killed its process, or memory ran out. The next run starts a new one.";
    return this.#stopWith(lost, () => ({ kind: "failed", error: new LocalEngineError(message) }));
  }

  #stopWith(signal: AbortSignal | undefined, cause: () => StopCause): () => void {
    const stop = () => this.stop(cause());
    if (signal?.aborted === true) stop();
    signal?.addEventListener("abort", stop, { once: true });
    return () => signal?.removeEventListener("abort", stop);
  }
}
