// W3C-DTF: a year, a month, a day, or a day and a time of day. The service keeps 7 digits of a second and refuses more.
const w3cTime =
  /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}:\d{2})(?::(\d{2})(?:\.(\d{1,7}))?)?(Z|[+-]\d{2}:\d{2})?)?)?)?$/;
const rfc1123Time = /^[A-Za-z]{3}, \d{1,2} [A-Za-z]{3} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/** Reads a time in W3C-DTF (UTC where it names no zone) or RFC 1123 form, in milliseconds since 1970. */
export function parseTime(text: string): number | undefined {
  if (rfc1123Time.test(text)) return validTime(Date.parse(text));
  const match = w3cTime.exec(text);
  if (!match) return undefined;

  const [, year, month = "01", day = "01", minute = "00:00", second = "00", fraction = "0", zone = "Z"] =
    match;
  const whole = validTime(Date.parse(`${year}-${month}-${day}T${minute}:${second}${zone}`));
  return whole === undefined ? undefined : whole + Number(`0.${fraction}`) * 1000;
}

const validTime = (time: number): number | undefined => (Number.isNaN(time) ? undefined : time);
