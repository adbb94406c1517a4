import { parseDuration, unlimitedDuration } from "../schema/duration.js";

const ticksPerMillisecond = 10_000;

/** A duration in milliseconds. The text is one that the service keeps, so it was checked before. */
export function millisecondsOf(duration: string): number {
  return Number(parseDuration(duration) ?? 0n) / ticksPerMillisecond;
}

/** A duration that limits something, in milliseconds: `Infinity` when there is none, or the unlimited one. */
export function limitOf(duration: string | undefined): number {
  if (duration === undefined || duration === unlimitedDuration) return Number.POSITIVE_INFINITY;
  return millisecondsOf(duration);
}
