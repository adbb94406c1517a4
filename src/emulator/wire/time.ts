/** A moment as microseconds since the Unix epoch: finer than a `Date`, and still an exact JavaScript number. */
export type Micros = number;

const ticksAtUnixEpoch = 621_355_968_000_000_000n;

/** The service's form of a time: UTC, up to 7 fraction digits, trailing zeros cut. */
export function isoTime(time: Micros): string {
  const milliseconds = Math.floor(time / 1000);
  const micros = time - milliseconds * 1000;
  const text = new Date(milliseconds).toISOString();
  const fraction = `${text.slice(20, 23)}${String(micros).padStart(3, "0")}`.replace(/0+$/, "");
  return fraction === "" ? `${text.slice(0, 19)}Z` : `${text.slice(0, 19)}.${fraction}Z`;
}

/** `Last-Modified` and its kin: RFC 1123, whole seconds. */
export function httpDate(time: Micros): string {
  return new Date(Math.floor(time / 1000)).toUTCString();
}

/** The service's entity tag: the modification time in .NET ticks, in hexadecimal, without quotes. */
export function eTagOf(time: Micros): string {
  return `0x${(BigInt(time) * 10n + ticksAtUnixEpoch).toString(16).toUpperCase()}`;
}

/** Reads an ISO 8601 or RFC 1123 time; `undefined` when it is neither. */
export function parseTime(text: string): Micros | undefined {
  const milliseconds = Date.parse(text);
  return Number.isNaN(milliseconds) ? undefined : milliseconds * 1000;
}

const clock = "\\d{2}:\\d{2}:\\d{2} GMT$";
const rfc1123 = new RegExp(`^[a-z]{3}, \\d{1,2} [a-z]{3} \\d{4} ${clock}`, "i");
const rfc850 = new RegExp(`^[a-z]+day, \\d{2}-[a-z]{3}-\\d{2} ${clock}`, "i");

/** Reads the time in a header, as the service takes it: RFC 1123, or RFC 850 with its year of two digits. */
export function parseHttpDate(text: string): Micros | undefined {
  return rfc1123.test(text) || rfc850.test(text) ? parseTime(text) : undefined;
}
