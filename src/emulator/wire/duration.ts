/** What the service answers for "no limit": the largest .NET TimeSpan. */
export const unlimitedDuration = "P10675199DT2H48M5.4775807S";

const unlimitedMilliseconds = 922_337_203_685_477;
const pattern =
  /^P(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

/**
 * Reads an ISO 8601 duration of weeks, days, hours, minutes and seconds as milliseconds: `Infinity` for the service's
 * "unlimited", `undefined` when the text is no duration.
 */
export function parseDuration(text: string): number | undefined {
  const match = pattern.exec(text);
  if (match === null || text === "P" || text.endsWith("T")) return undefined;
  const [weeks, days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0));
  const total = ((((weeks! * 7 + days!) * 24 + hours!) * 60 + minutes!) * 60 + seconds!) * 1000;
  return total >= unlimitedMilliseconds ? Number.POSITIVE_INFINITY : total;
}

/** Writes milliseconds as the service does: normalised (`PT90M` becomes `PT1H30M`), days as the largest unit. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds === Number.POSITIVE_INFINITY) return unlimitedDuration;
  if (milliseconds === 0) return "PT0S";
  const days = Math.floor(milliseconds / 86_400_000);
  const hours = Math.floor(milliseconds / 3_600_000) % 24;
  const minutes = Math.floor(milliseconds / 60_000) % 60;
  const seconds = Number(((milliseconds % 60_000) / 1000).toFixed(7));
  const time = `${hours ? `${hours}H` : ""}${minutes ? `${minutes}M` : ""}${seconds ? `${seconds}S` : ""}`;
  return `P${days ? `${days}D` : ""}${time ? `T${time}` : ""}`;
}

/** A duration as sent, in the form the service gives it back. */
export function normalDuration(text: string | undefined, fallback: string): string {
  const milliseconds = text === undefined ? undefined : parseDuration(text);
  return milliseconds === undefined ? fallback : formatDuration(milliseconds);
}
