import { InvalidArgumentError } from "../errors/index.js";

/**
 * A length of time: milliseconds, a number with its unit (`"500ms"`, `"90s"`, `"30m"`, `"1.5h"`, `"7d"`), or ISO 8601 in
 * weeks, days, hours, minutes and seconds (`"PT1H30M"`).
 */
export type Duration = number | `${number}${"ms" | "s" | "m" | "h" | "d"}` | `P${string}`;

const MILLISECONDS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

const WITH_UNIT = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;
const ISO_8601 = /^P(?=.)(?:([\d.]+)W)?(?:([\d.]+)D)?(?:T(?=.)(?:([\d.]+)H)?(?:([\d.]+)M)?(?:([\d.]+)S)?)?$/;

/** Reads a duration: whole milliseconds, at least 1. `option` is what an error says is wrong. */
export function parseDuration(value: unknown, option: string): number {
  const milliseconds = Math.round(readMilliseconds(value));
  if (milliseconds >= 1 && Number.isSafeInteger(milliseconds)) return milliseconds;
  throw new InvalidArgumentError(
    `${option} is ${describe(value)}, and not a duration: give milliseconds, a number and its unit such as "30m" or "1.5h", ` +
      'or ISO 8601 such as "PT30M" (years and months have no fixed length).',
    { option },
  );
}

/** Writes milliseconds as the service reads durations: `PT30M`, `P1DT0.5S`. */
export function toIsoDuration(milliseconds: number): string {
  const days = Math.floor(milliseconds / MILLISECONDS.d);
  const hours = Math.floor((milliseconds % MILLISECONDS.d) / MILLISECONDS.h);
  const minutes = Math.floor((milliseconds % MILLISECONDS.h) / MILLISECONDS.m);
  const seconds = (milliseconds % MILLISECONDS.m) / MILLISECONDS.s;
  const time = `${hours ? `${hours}H` : ""}${minutes ? `${minutes}M` : ""}${seconds ? `${seconds}S` : ""}`;
  if (!days && !time) return "PT0S";
  return `P${days ? `${days}D` : ""}${time ? `T${time}` : ""}`;
}

/** `NaN` for what is no duration. */
function readMilliseconds(value: unknown): number {
  if (typeof value === "number") return value;
  if (typeof value !== "string") return Number.NaN;

  const [, count, unit] = WITH_UNIT.exec(value) ?? [];
  if (unit) return Number(count) * MILLISECONDS[unit as "ms" | "s" | "m" | "h" | "d"];

  const parts = ISO_8601.exec(value)?.slice(1);
  if (!parts) return Number.NaN;
  const units = [MILLISECONDS.w, MILLISECONDS.d, MILLISECONDS.h, MILLISECONDS.m, MILLISECONDS.s];
  return units.reduce((sum, size, i) => sum + size * Number(parts[i] ?? 0), 0);
}

function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  return typeof value === "number" || value === null || value === undefined
    ? String(value)
    : `a ${typeof value}`;
}
