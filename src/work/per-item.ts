import { InvalidArgumentError } from "../errors/index.js";
import { refusal } from "./check-command.js";

/** The options of a template; a Python script has more. */
const COMMAND_OPTIONS = ["env", "stdin", "inputs", "outputs", "successExitCodes"];

/** What a value is for an item: itself, or what it gives where it is a function. `option` is what an error calls it. */
export function valueFor(value: unknown, item: unknown, index: number, option: string): unknown {
  if (typeof value !== "function") return value;
  try {
    return value(item, index);
  } catch (cause) {
    if (cause instanceof InvalidArgumentError) throw cause; // it says already which part of the command it is
    throw refusal(option, index, `could not be made, its function threw: ${String(cause)}`, cause);
  }
}

/**
 * Checks the names of a command's options, and gives a function that makes an item's values of them; the values are
 * checked with the command.
 */
export function optionsFor(
  options: unknown,
  known: readonly string[] = COMMAND_OPTIONS,
): (item: unknown, index: number) => Record<string, unknown> {
  if (typeof options !== "object" || options === null) {
    throw new InvalidArgumentError(`The options of a command are an object, and not ${String(options)}.`, {
      option: "work",
    });
  }
  const entries = Object.entries(options);
  for (const [name] of entries) {
    if (known.includes(name)) continue;
    throw new InvalidArgumentError(`A command has no option \`${name}\`; these are: ${known.join(", ")}.`, {
      option: `work.${name}`,
    });
  }
  return (item, index) =>
    Object.fromEntries(entries.map(([name, value]) => [name, valueFor(value, item, index, `work.${name}`)]));
}
