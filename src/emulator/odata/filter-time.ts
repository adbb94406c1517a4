const isoTime = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:?\d{2})?)?$/i;
const rfcTime = /^[A-Za-z]+, \d{2}[ -][A-Za-z]{3}[ -]\d{2,4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * A time as text that sorts as times do: UTC, without `Z`, without trailing zeros of the fraction, so that no
 * precision of the service's 100 ns is lost. `undefined` for what is no time. Reads ISO 8601 (UTC where it names no
 * offset) and RFC 1123.
 */
export function timeKey(text: string): string | undefined {
  const iso = isoTime.exec(text);
  if (!iso && !rfcTime.test(text)) return undefined;

  const [, day, minute = "00:00", second = "00", fraction = "", offset = "Z"] = iso ?? [];
  const milliseconds = Date.parse(iso ? `${day}T${minute}:${second}${offset.toUpperCase()}` : text);
  if (Number.isNaN(milliseconds) || (day !== undefined && !isDay(day))) return undefined;

  const seconds = new Date(milliseconds).toISOString().slice(0, -".000Z".length);
  const digits = fraction.replace(/0+$/, "");
  return digits ? `${seconds}.${digits}` : seconds;
}

// JavaScript takes the 31st of February for the 2nd of March.
const isDay = (day: string): boolean => new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);

/** The key of a time the service wrote itself: UTC, `Z` at the end, no trailing zeros. Much cheaper than {@link timeKey}. */
export const wireTimeKey = (wireTime: string): string => wireTime.slice(0, -1);
