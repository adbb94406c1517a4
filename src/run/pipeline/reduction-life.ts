import { InvalidArgumentError, type ItemError, RunFailedError } from "../../errors/index.js";
import type { PreparedWork } from "../../work/prepared-work.js";
import { checkListener } from "../check-listener.js";
import { encodeValue } from "../encode-value.js";
import { FileStage } from "../file-stage.js";
import type { Life } from "../life.js";
import { OutcomeLog } from "../outcome-log.js";
import { PartReader } from "../part-reader.js";
import { ProgressMeter } from "../progress-meter.js";
import type { ResolvedOptions } from "../resolve-options.js";
import type { RunProgress } from "../run.js";
import { ERRORS_SHOWN, runFailed } from "../run-failed.js";
import { Stopper } from "../stopper.js";
import { Submitter } from "../submitter.js";
import type { ReduceOptions } from "./compose-options.js";
import type { Composition } from "./composition.js";
import { foldWork } from "./fold-work.js";
import { oneForSeveral } from "./grouping.js";
import { cannotGoOn } from "./map-life.js";
import type { Reduction } from "./reduction.js";
import { Stage } from "./stage.js";
import { type ResolvedReduceOptions, resolveReduceOptions } from "./stage-options.js";
import { stageSettings } from "./stage-settings.js";
import type { Tenant } from "./tenants.js";
import type { Upstream } from "./upstream.js";

/** How many folds a further one takes together. */
const FAN_IN = 16;

/** What all levels of a reduction share. */
interface Folding {
  readonly composition: Composition;
  readonly work: PreparedWork;
  readonly submitter: Submitter;
  readonly first: ResolvedOptions;
}

/**
 * A reduction from its first check to its result. Each chunk of the run is folded by a task of its own, and then what came of
 * it, in a tree: as many levels as it takes until one value is left.
 */
export class ActiveReduction<R> implements Reduction<R>, Tenant {
  readonly [Symbol.toStringTag] = "Reduction";
  readonly id: string;
  readonly #before: Life;
  readonly #progress = new ProgressMeter();
  readonly #stopper = new Stopper();
  readonly #parts: PartReader;
  readonly #levels: Stage[] = [];
  readonly #value: Promise<R>;
  #upstream: Upstream | undefined;

  constructor(before: Life, fold: unknown, options: ReduceOptions<unknown>) {
    this.#before = before;
    this.id = `${before.id}/reduce-${++before.composed.reduce}`;
    this.#parts = new PartReader(before.id, this.#stopper.signal);
    const { tenants } = before;
    if (tenants.going) {
      this.#value = Promise.reject(cannotGoOn(before.id, "reduce"));
    } else {
      tenants.join(this, before);
      this.#value = this.#reduce(fold, options) as Promise<R>;
    }
    // Who awaits it is told; one that nobody awaits does not end the process.
    this.#value.catch(() => undefined);
  }

  then<V = R, E = never>(
    onFulfilled?: ((value: R) => V | PromiseLike<V>) | null,
    onRejected?: ((reason: unknown) => E | PromiseLike<E>) | null,
  ): Promise<V | E> {
    return this.#value.then(onFulfilled, onRejected);
  }

  catch<E = never>(onRejected?: ((reason: unknown) => E | PromiseLike<E>) | null): Promise<R | E> {
    return this.#value.catch(onRejected);
  }

  finally(onFinally?: (() => void) | null): Promise<R> {
    return this.#value.finally(onFinally);
  }

  onProgress(listener: (progress: RunProgress) => void): () => void {
    checkListener(listener);
    return this.#progress.listen(listener);
  }

  async cancel(reason?: unknown): Promise<void> {
    this.#stopper.stop({ kind: "cancelled", reason });
    await this.#value.catch(() => undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cancel(new Error("The reduction was disposed."));
    const { tenants } = this.#before;
    if (!tenants.going && tenants.isIdle(this.#before)) await this.#before.dispose();
  }

  async storageGoes(): Promise<void> {
    this.#parts.storageGone();
  }

  /** The value, after which the reduction needs the storage no more. */
  async #reduce(fold: unknown, given: ReduceOptions<unknown>): Promise<unknown> {
    const { tenants } = this.#before;
    try {
      const value = await this.#fold(fold, resolveReduceOptions(given));
      this.#progress.update({ phase: "ended" });
      await tenants.readToTheEnd(this);
      return value;
    } catch (error) {
      this.#progress.update({ phase: "ended" });
      if (this.#isThrough()) await tenants.readToTheEnd(this);
      else await tenants.leave(this);
      throw error;
    }
  }

  /** Whether it came to its end with the run; where it was refused or stopped alone, the run is as if it had not been. */
  #isThrough(): boolean {
    if (this.#upstream === undefined) return false;
    return this.#stopper.cause === undefined || this.#upstream.composition?.stopper.cause !== undefined;
  }

  async #fold(fold: unknown, options: ResolvedReduceOptions): Promise<unknown> {
    const release = this.#stopper.obey(options.signal);
    try {
      const { initial } = options;
      const work = await foldWork(fold);
      const shared = initial && encodeValue({ initial: initial.value }, "The option initial");
      const files = new FileStage(this.id);
      const settings = await stageSettings(
        files,
        work,
        { ...options, workersPerTask: undefined, files: [], env: {}, onError: "continue" },
        shared,
      );
      const upstream = await this.#before.upstream;
      this.#upstream = upstream;
      const { composition } = upstream;
      if (composition === undefined) {
        await upstream.ended;
        return await this.#result(upstream, options);
      }
      const { session } = composition;
      await files.upload(session.container);
      this.#parts.open(session.container);
      this.#progress.update({ phase: "running", engine: session.engine });
      const first = this.#before.firstOptions as ResolvedOptions;
      const { submitConcurrency } = first;
      const submitter = new Submitter(
        session,
        this.#progress,
        files,
        submitConcurrency,
        composition.numbers,
        settings,
      );
      await this.#grow({ composition, work, submitter, first }, upstream, options);
      return await this.#result(upstream, options);
    } finally {
      release();
    }
  }

  /** Adds levels, each on the one before, until one has a single fold, and waits until all have ended. */
  async #grow(folding: Folding, run: Upstream, { onItemFailure }: ResolvedReduceOptions): Promise<void> {
    const { composition, work, submitter, first } = folding;
    let below = run;
    for (;;) {
      const nested = below !== run;
      const level = new Stage({
        composition,
        upstream: below,
        submitter,
        log: new OutcomeLog(this.#parts, work, noFile),
        parts: this.#parts,
        progress: this.#progress,
        stopper: this.#stopper,
        options: { ...first, onError: "continue" },
        grouping: oneForSeveral(nested ? FAN_IN : 1, {
          nested,
          skipFailed: !nested && onItemFailure === "skip",
        }),
      });
      this.#levels.push(level);
      if (!(await level.feed.hasSeveral(this.#stopper.signal))) break;
      below = level;
    }
    await Promise.all(this.#levels.map(({ ended }) => ended));
    await run.ended;
  }

  async #result(run: Upstream, options: ResolvedReduceOptions): Promise<unknown> {
    const { cause } = this.#stopper;
    if (cause?.kind === "failed") throw cause.error;
    if (run.stopper.cause?.kind === "failed") throw run.stopper.cause.error;
    const stopped = cause ?? this.#before.stopCause;
    if (options.onItemFailure === "reject" || stopped !== undefined) await this.#rejectIfItemsFailed(run);
    if (stopped !== undefined || this.#before.inputCutShort) throw runFailed(this.id, stopped, [], 0);
    await this.#rejectIfFoldFailed();
    const [value] = await this.#lastValues();
    if (value !== undefined) return value.value;
    if (options.initial !== undefined) return options.initial.value;
    throw new InvalidArgumentError(
      `The run "${this.#before.id}" has no results to fold, and reduce() has no option initial to be their value.`,
      { option: "initial" },
    );
  }

  async #rejectIfItemsFailed({ log }: Upstream): Promise<void> {
    const errors: ItemError[] = [];
    let failed = 0;
    for await (const error of log.failures()) {
      failed += 1;
      if (errors.length < ERRORS_SHOWN) errors.push(error);
    }
    if (failed === 0) return;
    errors.sort((a, b) => a.index - b.index);
    throw runFailed(this.#before.id, this.#stopper.cause ?? this.#before.stopCause, errors, failed);
  }

  async #rejectIfFoldFailed(): Promise<void> {
    for (const { log } of this.#levels) {
      for await (const error of log.failures()) {
        const message = `The results of the run "${this.#before.id}" could not be folded: ${error.message}`;
        throw new RunFailedError(message, {
          code: "ItemsFailed",
          runId: this.id,
          errors: [error],
          failed: 1,
          cause: error,
        });
      }
    }
  }

  /** What the last fold gave: one value, or none. */
  async #lastValues(): Promise<{ value: unknown }[]> {
    const values: { value: unknown }[] = [];
    const last = this.#levels.at(-1);
    if (last === undefined) return values;
    for await (const batch of last.log.inInputOrder())
      for (const outcome of batch) {
        if (outcome.status === "fulfilled")
          values.push(...(outcome.value as unknown[]).map((value) => ({ value })));
      }
    return values;
  }
}

function noFile(): never {
  throw new Error("A fold gives no files back.");
}
