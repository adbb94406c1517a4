/** A duration in ticks of 100 nanoseconds, the precision the service keeps. */
export type Ticks = bigint;

const ticksPerMillisecond = 10_000n;
const ticksPerSecond = 1_000n * ticksPerMillisecond;
const ticksPerMinute = 60n * ticksPerSecond;
const ticksPerHour = 60n * ticksPerMinute;
const ticksPerDay = 24n * ticksPerHour;

/** The longest duration there is, which stands for "unlimited": `P10675199DT2H48M5.4775807S`. */
export const unlimitedTicks: Ticks = 2n ** 63n - 1n;
export const unlimitedDuration = "P10675199DT2H48M5.4775807S";

const isoDuration =
  /^(-)?P(?!$)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?!$)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d+))?S)?)?$/;

/**
 * Reads an ISO 8601 duration. A year has 365 days and a month 30, as .NET counts them.
 *
 * @returns its ticks, or `undefined` for what is no duration or longer than the service can hold
 */
export function parseDuration(text: string): Ticks | undefined {
  const match = isoDuration.exec(text);
  if (!match) return undefined;

  const [, sign, years, months, weeks, days, hours, minutes, seconds, fraction = ""] = match;
  const count = (digits: string | undefined) => BigInt(digits ?? 0);
  const wholeDays = count(years) * 365n + count(months) * 30n + count(weeks) * 7n + count(days);
  const ticks =
    wholeDays * ticksPerDay +
    count(hours) * ticksPerHour +
    count(minutes) * ticksPerMinute +
    count(seconds) * ticksPerSecond +
    count(fraction.slice(0, 7).padEnd(7, "0"));
  if (ticks > unlimitedTicks) return undefined;
  return sign ? -ticks : ticks;
}

/** Writes ticks as the service writes durations: `PT15M`, `P7D`, `P1DT2H0.5S`, `PT0S`. */
export function formatTicks(ticks: Ticks): string {
  if (ticks === 0n) return "PT0S";
  if (ticks < 0n) return `-${formatTicks(-ticks)}`;

  const days = ticks / ticksPerDay;
  const hours = (ticks % ticksPerDay) / ticksPerHour;
  const minutes = (ticks % ticksPerHour) / ticksPerMinute;
  const seconds = (ticks % ticksPerMinute) / ticksPerSecond;
  const fraction = String(ticks % ticksPerSecond)
    .padStart(7, "0")
    .replace(/0+$/, "");

  const date = days ? `${days}D` : "";
  const secondsText = seconds || fraction ? `${seconds}${fraction && `.${fraction}`}S` : "";
  const time = `${hours ? `${hours}H` : ""}${minutes ? `${minutes}M` : ""}${secondsText}`;
  return `P${date}${time && `T${time}`}`;
}

/** Writes milliseconds as a duration, to the nearest 100 nanoseconds. */
export const formatDuration = (milliseconds: number): string => {
  const whole = Math.trunc(milliseconds);
  const rest = Math.round((milliseconds - whole) * 10_000);
  return formatTicks(BigInt(whole) * ticksPerMillisecond + BigInt(rest));
};

/** A client's duration as the service gives it back: `PT06M00S` becomes `PT6M`. `undefined` for what is no duration. */
export function normaliseDuration(text: string): string | undefined {
  const ticks = parseDuration(text);
  return ticks === undefined ? undefined : formatTicks(ticks);
}

/** A duration's length in milliseconds; that of the unlimited one is 9.2e14. `undefined` for what is no duration. */
export function durationMilliseconds(text: string): number | undefined {
  const ticks = parseDuration(text);
  return ticks === undefined ? undefined : Number(ticks) / Number(ticksPerMillisecond);
}
