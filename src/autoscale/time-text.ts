// W3C-DTF: a year, a month, a day, or a day and a time of day. The service keeps 7 digits of a second and refuses more.
const w3cTime =
  /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}:\d{2})(?::(\d{2})(?:\.(\d{1,7}))?)?(Z|[+-]\d{2}:\d{2})?)?)?)?$/;
const rfc1123Time = /^([A-Za-z]{3}), (\d{1,2}) ([A-Za-z]{3}) (\d{4}) (\d{2}:\d{2}:\d{2}) GMT$/;

/** Reads a time in W3C-DTF (UTC where it names no zone) or RFC 1123 form, in milliseconds since 1970. */
export function parseTime(text: string): number | undefined {
  return parseRfc1123(text) ?? parseW3c(text);
}

function parseRfc1123(text: string): number | undefined {
  const match = rfc1123Time.exec(text);
  if (!match) return undefined;
  const [, weekday, day = "", month, year, clock] = match;
  const time = Date.parse(text);
  const written = `${weekday}, ${day.padStart(2, "0")} ${month} ${year} ${clock} GMT`;
  return isSame(written, new Date(time).toUTCString()) ? time : undefined;
}

function parseW3c(text: string): number | undefined {
  const match = w3cTime.exec(text);
  if (!match) return undefined;
  const [, year, month = "01", day = "01", minute = "00:00", second = "00", fraction = "0", zone = "Z"] =
    match;
  const clock = `${year}-${month}-${day}T${minute}:${second}`;
  const local = new Date(`${clock}.000Z`);
  const time = Date.parse(`${clock}${zone}`);
  if (Number.isNaN(time) || !isSame(`${clock}.000Z`, local.toISOString())) return undefined;
  return time + Number(`0.${fraction}`) * 1000;
}

// JavaScript takes the 30th of February for the 1st of March, and any weekday: what it read has to be what was written.
const isSame = (written: string, read: string): boolean => written.toLowerCase() === read.toLowerCase();
