import { InvalidArgumentError } from "../errors/index.js";
import { type Duration, parseDuration, toIsoDuration } from "./duration.js";
import { type Problem, show } from "./problems.js";

/*
 * The documented limits that several parameters have in common. Each check adds what is wrong to `problems` and gives the
 * value on, so that a parameter is made and checked in one place; where there are problems it is never used.
 */

/** An id: 1 to 64 letters, digits, hyphens and underscores. */
export function checkId(id: string, option: string, problems: Problem[]): string {
  if (typeof id !== "string" || !/^[A-Za-z0-9_-]{1,64}$/.test(id)) {
    problems.push({
      option,
      says: `is ${show(id)}, and not 1 to 64 letters, digits, hyphens and underscores`,
    });
  }
  return id;
}

export function checkText(text: string, option: string, problems: Problem[]): string {
  if (typeof text !== "string" || text.trim() === "") {
    problems.push({ option, says: text === undefined ? "is missing" : `is ${show(text)}, and not text` });
  }
  return text;
}

/** A name for people: up to 1024 characters. */
export function checkDisplayName(name: string, option: string, problems: Problem[]): string {
  if (typeof name !== "string" || [...name].length > 1024) {
    problems.push({ option, says: `is ${show(name)}, and not text of up to 1024 characters` });
  }
  return name;
}

/** A whole number from `least` to `most`. */
export function checkWhole(
  value: number,
  [least, most]: readonly [number, number],
  option: string,
  problems: Problem[],
): number {
  if (!Number.isInteger(value) || value < least || value > most) {
    const range = most === Number.POSITIVE_INFINITY ? `of at least ${least}` : `from ${least} to ${most}`;
    problems.push({ option, says: `is ${show(value)}, and not a whole number ${range}` });
  }
  return value;
}

export function checkOneOf<T extends string>(
  value: T,
  known: readonly T[],
  option: string,
  problems: Problem[],
): T {
  if (!known.includes(value))
    problems.push({ option, says: `is ${show(value)}, and none of ${known.map(show).join(", ")}` });
  return value;
}

/** A duration within the service's bounds, as it reads them. */
export function checkDuration(
  value: Duration,
  { least, most }: { readonly least?: Duration; readonly most?: Duration },
  option: string,
  problems: Problem[],
): string {
  try {
    const milliseconds = parseDuration(value, option);
    if (least !== undefined && milliseconds < parseDuration(least, option)) {
      problems.push({ option, says: `is ${show(value)}, and less than the least there is, ${least}` });
    }
    if (most !== undefined && milliseconds > parseDuration(most, option)) {
      problems.push({ option, says: `is ${show(value)}, and more than the most there is, ${most}` });
    }
    return toIsoDuration(milliseconds);
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    problems.push({ option, says: error.message.slice(option.length + 1, -1) });
    return "";
  }
}

/** Names and values, as the service lists them. */
export function checkRecord(
  record: Readonly<Record<string, string>>,
  option: string,
  problems: Problem[],
): { name: string; value: string }[] {
  if (typeof record !== "object" || record === null || Array.isArray(record)) {
    problems.push({ option, says: `is ${show(record)}, and not an object of names and texts` });
    return [];
  }
  for (const [name, value] of Object.entries(record)) {
    if (name === "") problems.push({ option, says: "has an empty name" });
    if (typeof value !== "string")
      problems.push({ option: `${option}.${name}`, says: `is ${show(value)}, and not text` });
  }
  return Object.entries(record).map(([name, value]) => ({ name, value }));
}

/** Names of environment variables that are not the user's to set. */
export const RESERVED_NAME = /^(AZ_BATCH_|AZURE_BATCH_PARALLEL_)/i;

/** Environment variables, whose names may be neither Batch's nor ours. */
export function checkEnvironment(
  record: Readonly<Record<string, string>>,
  option: string,
  problems: Problem[],
): { name: string; value: string }[] {
  const settings = checkRecord(record, option, problems);
  for (const { name, value } of settings) {
    const at = `${option}.${name}`;
    if (/[=\0]/.test(name)) problems.push({ option: at, says: "has a name with = or a NUL character" });
    if (typeof value === "string" && value.includes("\0"))
      problems.push({ option: at, says: "holds a NUL character" });
    if (RESERVED_NAME.test(name)) {
      problems.push({
        option: at,
        says: "has a name that is reserved: AZ_BATCH_… are Batch's, AZURE_BATCH_PARALLEL_… are ours",
      });
    }
  }
  return settings;
}

/** What plain JavaScript may give where an object of options is wanted; whether it is an object at all. */
export function checkKeys(
  options: object,
  known: readonly string[],
  option: string,
  problems: Problem[],
): boolean {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    problems.push({
      option,
      says: options === undefined ? "is missing" : `is ${show(options)}, and not an object`,
    });
    return false;
  }
  for (const key of Object.keys(options)) {
    if (!known.includes(key))
      problems.push({ option: `${option}.${key}`, says: `is not known; these are: ${known.join(", ")}` });
  }
  return true;
}

/** A list, each of whose items `each` checks and makes into what the service takes. */
export function checkEach<T, R>(
  list: readonly T[],
  option: string,
  problems: Problem[],
  each: (item: T, option: string, index: number) => R,
): R[] {
  if (!Array.isArray(list)) {
    problems.push({ option, says: `is ${show(list)}, and not an array` });
    return [];
  }
  return list.map((item, index) => each(item, `${option}[${index}]`, index));
}

/** A list of texts. */
export function checkTexts(list: readonly string[], option: string, problems: Problem[]): string[] {
  return checkEach(list, option, problems, (text, at) => checkText(text, at, problems));
}

export function checkBoolean(value: boolean, option: string, problems: Problem[]): boolean {
  if (typeof value !== "boolean")
    problems.push({ option, says: `is ${show(value)}, and neither true nor false` });
  return value;
}

/** Text that is secret: no problem shows it. */
export function checkSecret(text: string, option: string, problems: Problem[]): string {
  if (text === undefined) problems.push({ option, says: "is missing" });
  else if (typeof text !== "string" || text === "") problems.push({ option, says: "is no text" });
  return text;
}

/** Text of a form: `is` says of which. */
export function checkForm(
  text: string,
  { pattern, is }: { readonly pattern: RegExp; readonly is: string },
  option: string,
  problems: Problem[],
): string {
  if (text === undefined) problems.push({ option, says: "is missing" });
  else if (typeof text !== "string" || !pattern.test(text))
    problems.push({ option, says: `is ${show(text)}, and not ${is}` });
  return text;
}

/** Values that have to differ within one pool, such as names: `says` is what is wrong with one that came before. */
export function checkDistinct(
  values: readonly (readonly [option: string, value: unknown])[],
  problems: Problem[],
): void {
  const first = new Map<unknown, string>();
  for (const [option, value] of values) {
    if (value === undefined) continue;
    const before = first.get(value);
    if (before === undefined) first.set(value, option);
    else problems.push({ option, says: `is ${show(value)}, as ${before} is: each has its own` });
  }
}
