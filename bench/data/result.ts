import { median, rounded } from "../measure.js";
import type { Found, ours, plain } from "./programs.js";

export const PYTHON = "Python's blob client";

/** What a program printed, and what the processes had that it started. */
export interface Measured extends Found {
  readonly mebibytes: number;
  readonly helpersMebibytes: number;
}

/** All that was measured, by who and by what. */
export type Table = Record<string, Record<string, Measured[]>>;

/** The most memory of our client with a quarter of the file, in MiB. */
export type Quarter = Readonly<Record<"in" | "out", number>>;

/** What a program came to: medians, and the most memory. */
interface Figures {
  readonly seconds: number;
  readonly runs: number;
  readonly up?: number | undefined;
  readonly down?: number | undefined;
  readonly firstSeconds?: number | undefined;
  readonly mebibytesSent?: readonly number[] | undefined;
  readonly clientMebibytes: number;
  readonly helpersMebibytes: number;
}

function figuresOf(measured: readonly Measured[]): Figures {
  const middle = (of: (one: Measured) => number | undefined) => {
    const known = measured.map(of).filter((value) => value !== undefined);
    return known.length === 0 ? undefined : rounded(median(known));
  };
  return {
    seconds: middle(({ seconds }) => seconds) as number,
    runs: measured.length,
    up: middle(({ up }) => up),
    down: middle(({ down }) => down),
    firstSeconds: middle(({ firstSeconds }) => firstSeconds),
    mebibytesSent: measured[0]?.mebibytesSent?.map(rounded),
    clientMebibytes: Math.round(Math.max(...measured.map((one) => one.mebibytes))),
    helpersMebibytes: Math.max(...measured.map((one) => one.helpersMebibytes)),
  };
}

/** What is as large as it was asked for. */
export interface Sizes {
  readonly mebibytes: number;
  readonly files: number;
}

/** A case's name in the chart, what we do, and what the others do. */
interface Case {
  readonly name: string;
  readonly what: keyof typeof ours;
  readonly theirs?: keyof typeof plain;
}

const casesOf = ({ mebibytes, files }: Sizes): readonly Case[] => [
  { name: `${mebibytes} MiB in`, what: "in", theirs: "file" },
  { name: `${mebibytes} MiB out`, what: "out", theirs: "file" },
  { name: `${files} files, one item`, what: "files", theirs: "files" },
  { name: `${files} files, each an item`, what: "each", theirs: "files" },
  { name: `${mebibytes} MiB in, cached`, what: "again" },
];

export function linesOf(table: Table): string[] {
  return Object.entries(table).flatMap(([who, its]) =>
    Object.entries(its).map(([what, measured]) => lineOf(who, what, figuresOf(measured))),
  );
}

function lineOf(who: string, what: string, found: Figures): string {
  const seconds = `${found.seconds.toFixed(2).padStart(7)} s`;
  return `${who.padEnd(30)} ${what.padEnd(6)} ${seconds}  ${found.clientMebibytes} MiB`;
}

/** The benchmark's last line. */
export function resultOf(table: Table, quarter: Quarter, sizes: Sizes) {
  const { ours: own, limit, ...peers } = mapped(table, (its) => mapped(its, figuresOf));
  if (own === undefined || limit === undefined) throw new Error("Something was not measured.");
  const seconds = (its: Its) => byCase(sizes, ({ theirs = "" }) => its[theirs]?.seconds);
  const times = (its: Its) =>
    byCase(sizes, ({ what, theirs = "" }) => ratio(its[theirs]?.seconds, own[what]?.seconds));
  const speeds = (its: Its) => speedsOf(sizes, its.file?.up, its.file?.down);
  return {
    bench: "data",
    unit: "s",
    ...sizes,
    runs: own.in?.runs,
    ours: byCase(sizes, ({ what }) => own[what]?.seconds),
    peers: { ...mapped(peers, seconds), ...(PYTHON in peers ? {} : { [PYTHON]: "missing" }) },
    limit: seconds(limit),
    ratios: {
      ...mapped(peers, times),
      limit: times(limit),
      cachedToFirst: ratio(own.again?.seconds, own.again?.firstSeconds),
      clientMemoryOfWholeToQuarter: {
        in: ratio(own.in?.clientMebibytes, quarter.in),
        out: ratio(own.out?.clientMebibytes, quarter.out),
      },
    },
    cached: { firstSeconds: own.again?.firstSeconds, mebibytesSent: own.again?.mebibytesSent },
    mebibytesPerSecond: {
      ours: speedsOf(sizes, own.in?.up, own.out?.down),
      ...mapped({ ...peers, limit }, speeds),
    },
    clientMebibytes: { ours: memories(own), ofAQuarter: quarter, ...mapped(peers, memories) },
    engineMebibytes: mapped(own, ({ helpersMebibytes }) => helpersMebibytes),
  };
}

type Its = Readonly<Record<string, Figures>>;

const memories = (its: Its) => mapped(its, ({ clientMebibytes }) => clientMebibytes);

function mapped<T, U>(all: Readonly<Record<string, T>>, of: (one: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(all).map(([name, one]) => [name, of(one)]));
}

function byCase(sizes: Sizes, of: (one: Case) => number | undefined): Record<string, number | undefined> {
  return Object.fromEntries(casesOf(sizes).map((one) => [one.name, of(one)]));
}

function speedsOf({ mebibytes }: Sizes, up: number | undefined, down: number | undefined) {
  return { up: ratio(mebibytes, up), down: ratio(mebibytes, down) };
}

function ratio(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : rounded(one / other);
}
