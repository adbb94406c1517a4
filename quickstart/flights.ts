import { readFileSync } from "node:fs";
import { type RunProgress, runParallel } from "azure-batch-parallel";
import { dataFile } from "./data.js";

interface Flight {
  readonly delay: number;
  readonly distance: number;
  /** The hour of the day, with the minutes as its fraction. */
  readonly time: number;
}

/** What is known of the delays of one hour of the day. */
export interface HourOfDay {
  readonly hour: number;
  readonly count: number;
  readonly mean: number;
  readonly median: number;
  readonly p95: number;
}

const FLIGHTS_PER_SLICE = 5000;

/** Delays by hour of day: counted in slices on the nodes, merged here, and compared with a plain loop. */
export async function flightsByHour(progress: (progress: RunProgress) => void) {
  const flights: Flight[] = JSON.parse(readFileSync(dataFile("flights-200k.json"), "utf8"));
  const slices: Flight[][] = [];
  for (let from = 0; from < flights.length; from += FLIGHTS_PER_SLICE) {
    slices.push(flights.slice(from, from + FLIGHTS_PER_SLICE));
  }

  // On the nodes: for each hour, how often each delay occurs. Maps travel as they are.
  const counted = await runParallel(
    slices,
    (slice) => {
      const hours = new Map<number, Map<number, number>>();
      for (const { time, delay } of slice) {
        const hour = Math.floor(time);
        const delays = hours.get(hour) ?? new Map<number, number>();
        delays.set(delay, (delays.get(delay) ?? 0) + 1);
        hours.set(hour, delays);
      }
      return hours;
    },
    { progress },
  );

  const hours = merge(counted).map(([hour, delays]) => describe(hour, delays));
  return { hours, agrees: JSON.stringify(hours) === JSON.stringify(plainLoop(flights)) };
}

function merge(counted: readonly Map<number, Map<number, number>>[]): [number, Map<number, number>][] {
  const merged = new Map<number, Map<number, number>>();
  for (const hours of counted) {
    for (const [hour, delays] of hours) {
      const sum = merged.get(hour) ?? new Map<number, number>();
      for (const [delay, count] of delays) sum.set(delay, (sum.get(delay) ?? 0) + count);
      merged.set(hour, sum);
    }
  }
  return [...merged].sort(([a], [b]) => a - b);
}

function describe(hour: number, delays: Map<number, number>): HourOfDay {
  const ascending = [...delays].sort(([a], [b]) => a - b);
  const count = ascending.reduce((sum, [, times]) => sum + times, 0);
  const total = ascending.reduce((sum, [delay, times]) => sum + delay * times, 0);
  const atRank = (rank: number): number => {
    let seen = 0;
    for (const [delay, times] of ascending) {
      seen += times;
      if (seen > rank) return delay;
    }
    return Number.NaN;
  };
  return {
    hour,
    count,
    mean: total / count,
    median: atRank(Math.floor(count * 0.5)),
    p95: atRank(Math.floor(count * 0.95)),
  };
}

/** The same in one process, in another way: sorted lists instead of counts. */
function plainLoop(flights: readonly Flight[]): HourOfDay[] {
  const hours = new Map<number, number[]>();
  for (const { time, delay } of flights) {
    const hour = Math.floor(time);
    const delays = hours.get(hour);
    if (delays === undefined) hours.set(hour, [delay]);
    else delays.push(delay);
  }
  return [...hours]
    .sort(([a], [b]) => a - b)
    .map(([hour, delays]) => {
      delays.sort((a, b) => a - b);
      const count = delays.length;
      const mean = delays.reduce((sum, delay) => sum + delay, 0) / count;
      return {
        hour,
        count,
        mean,
        median: delays[Math.floor(count * 0.5)] as number,
        p95: delays[Math.floor(count * 0.95)] as number,
      };
    });
}
