import type { Clock } from "../clock.js";
import type { RootChunk } from "./chunk.js";
import type { ChunkSizer } from "./chunk-sizer.js";
import type { Collector } from "./collector.js";
import { type EncodedItems, type ItemSource, WAIT, within } from "./item-source.js";
import type { Notifier } from "./notifier.js";
import type { OutcomeLog } from "./outcome-log.js";
import type { ProgressMeter } from "./progress-meter.js";
import type { Submitter } from "./submitter.js";

/** A chunk's encoded items stay below this many characters, where several items make it. */
const CHUNK_CHARACTERS = 4 * 1024 * 1024;
/** Chunks that are made before they are submitted together. */
const WAVE_CHUNKS = 800;
/** How long a wave is filled before it goes: a slow input shall not keep back what is ready. */
const WAVE_MILLISECONDS = 100;
/** A wave has at least a task for so many slots. */
const SLOTS_PER_TASK_OF_A_WAVE = 16;
/** With chunks of a fixed size, at least so many tasks are under way or waiting: they may be tiny. */
export const FIXED_SIZE_TASKS = 200;

/** What a feeder works with. */
export interface FeederParts {
  readonly source: ItemSource;
  readonly submitter: Submitter;
  readonly collector: Collector;
  /** How many items the next chunk shall hold. */
  readonly sizer: Pick<ChunkSizer, "next" | "tasksPerSlot">;
  readonly log: OutcomeLog;
  readonly progress: ProgressMeter;
  readonly chunkSize: number | "auto";
  readonly clock: Clock;
  /** Tasks that the pool can run at once. */
  readonly slots: number;
  /** How many tasks more are fine with the runs that go on with this one, each with about `wanted` under way. */
  readonly room: (wanted: number) => number;
  /** Told of chunks whose tasks were submitted, in input order. */
  readonly onSubmitted: (roots: RootChunk[]) => void;
  /** Notified whenever a task has ended. */
  readonly taskEnded: Notifier;
}

/**
 * Takes items and submits them in waves, so that more tasks are under way than can run at once: enough that no slot waits for
 * this process, few enough that later chunks profit from what earlier ones measured, and that none waits for long.
 */
export async function feed(parts: FeederParts, signal: AbortSignal): Promise<void> {
  const { source, collector, taskEnded } = parts;
  const input: Input = { next: undefined };
  while (!source.exhausted && !signal.aborted) {
    const wanted = tasksWanted(parts);
    const room = Math.min(wanted - collector.tasksUnderWay, parts.room(wanted));
    // Where there are many slots, the tasks for several go together: each wave costs a request.
    if (room < Math.ceil(parts.slots / SLOTS_PER_TASK_OF_A_WAVE)) {
      await unlessStopped(taskEnded.wait(), signal);
      continue;
    }
    await submitWave(parts, Math.min(room, WAVE_CHUNKS), input, signal);
  }
}

/** The chunk that a slow input is still making, when the wave before it has gone. */
interface Input {
  next: Promise<EncodedItems> | undefined;
}

function tasksWanted({ chunkSize, slots, sizer, source }: FeederParts): number {
  return chunkSize === "auto"
    ? Math.ceil(sizer.tasksPerSlot(remainingOf(source)) * slots)
    : Math.max(3 * slots, FIXED_SIZE_TASKS);
}

function remainingOf({ total, taken }: ItemSource): number | undefined {
  return total === undefined ? undefined : total - taken;
}

async function submitWave(
  parts: FeederParts,
  most: number,
  input: Input,
  signal: AbortSignal,
): Promise<void> {
  const { submitter, collector, log, progress, source } = parts;
  const wave = await takeWave(parts, most, input, signal);
  if (wave.length === 0 || signal.aborted) return;
  const chunks = await submitter.makeChunks(wave);
  for (const chunk of chunks) {
    log.plan(chunk.root);
    collector.expect(chunk);
  }
  progress.update({
    taken: source.taken,
    total: source.exhausted ? source.taken : source.total,
    bytesUp: submitter.bytesSent,
  });
  await submitter.submit(chunks, signal);
  parts.onSubmitted(chunks.map(({ root }) => root));
}

async function takeWave(
  { source, sizer, chunkSize, clock }: FeederParts,
  most: number,
  input: Input,
  signal: AbortSignal,
): Promise<EncodedItems[]> {
  const wave: EncodedItems[] = [];
  const began = clock.now();
  while (wave.length < most && !source.exhausted) {
    if (input.next === undefined) {
      const size = chunkSize === "auto" ? sizer.next(remainingOf(source)) : chunkSize;
      input.next = source.take(size, CHUNK_CHARACTERS, chunkSize === "auto");
    }
    // The first chunk is waited for; it waits for no other one.
    const next = wave.length === 0 ? input.next : within(input.next, began + WAVE_MILLISECONDS - clock.now());
    const items = await unlessStopped<EncodedItems | typeof WAIT>(next, signal);
    if (items === undefined) return [];
    if (items === WAIT) break;
    input.next = undefined;
    if (items.count > 0) wave.push(items);
    if (clock.now() - began > WAVE_MILLISECONDS) break;
  }
  return wave;
}

/**
 * What a promise gives, or undefined as soon as the signal is aborted. No race with a promise that lives as long as the run:
 * that would keep all that ever won.
 */
export function unlessStopped<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const stop = () => resolve(undefined);
    if (signal.aborted) return stop();
    signal.addEventListener("abort", stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}
