/**
 * A time of the service with all seven digits of its fraction. The service leaves out zeros at the end, and then texts do
 * not order as times do: `…:19.71Z` comes after `…:19.710001Z`.
 */
export function withAllDigits(time: string): string {
  const match = /^([^.Z]+)(?:\.(\d+))?Z$/.exec(time);
  return match === null ? time : `${match[1]}.${(match[2] ?? "").padEnd(7, "0")}Z`;
}
