import { InvalidArgumentError } from "../errors/index.js";
import { refusal } from "./check-command.js";

/** The options of a template. */
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

/** Checks the names of options: of a command template, or of what `what` says. */
export function checkOptionNames(
  options: unknown,
  what = "A command",
  known: readonly string[] = COMMAND_OPTIONS,
): asserts options is object {
  if (typeof options !== "object" || options === null) {
    throw new InvalidArgumentError(
      `The options of ${what.replace(/^A /, "a ")} are an object, and not ${String(options)}.`,
      {
        option: "work",
      },
    );
  }
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    throw new InvalidArgumentError(`${what} has no option \`${name}\`; these are: ${known.join(", ")}.`, {
      option: `work.${name}`,
    });
  }
}

/** A function that makes an item's values of a command's options, which are checked with the command. */
export function optionsFor(options: object): (item: unknown, index: number) => Record<string, unknown> {
  const entries = Object.entries(options);
  return (item, index) =>
    Object.fromEntries(entries.map(([name, value]) => [name, valueFor(value, item, index, `work.${name}`)]));
}
