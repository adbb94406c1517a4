import { InvalidArgumentError } from "../errors/index.js";

/** One thing that is wrong with what a builder was given. */
export interface Problem {
  /** Where: `"pool.taskSlotsPerNode"`. */
  readonly option: string;
  /** What, as the rest of a sentence: `"is 0, and not a whole number from 1 to 256"`. */
  readonly says: string;
}

/** Throws one error that lists all the problems, where there are any. Its option is the first one's. */
export function refuseProblems(what: string, problems: readonly Problem[]): void {
  const [first, ...more] = problems;
  if (!first) return;
  const sentences = problems.map(({ option, says }) => `${option} ${says}.`);
  const message =
    more.length === 0
      ? `${what} cannot be built: ${sentences[0]}`
      : `${what} cannot be built, for ${problems.length} reasons:\n${sentences.map((line) => `- ${line}`).join("\n")}`;
  throw new InvalidArgumentError(message, { option: first.option });
}

/** How a message shows a value. */
export function show(value: unknown): string {
  if (typeof value === "string")
    return value.length > 80 ? `a text of ${value.length} characters` : JSON.stringify(value);
  if (value === null || value === undefined || typeof value === "number" || typeof value === "boolean") {
    return String(value);
  }
  return Array.isArray(value) ? "an array" : `a ${typeof value}`.replace("a object", "an object");
}
