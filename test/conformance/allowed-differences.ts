import type { Difference } from "./comparison.js";
import list from "./differences.json" with { type: "json" };

/** A difference from the recordings that is meant, in one or more operations. */
export interface AllowedDifference extends Difference {
  operations: string[];
  reason: string;
}

const allowed = list as readonly AllowedDifference[];

/** Whether a difference is one of the list. */
export function isAllowed(operation: string, difference: Difference): boolean {
  return allowed.some((one) => one.operations.includes(operation) && isSame(one, difference));
}

/** Entries of the list that are none, going by all that was replayed of their operations. */
export function needlessEntries(replayed: ReadonlyMap<string, readonly Difference[]>): string[] {
  return allowed.flatMap((one) =>
    one.operations
      .filter((operation) => replayed.get(operation)?.some((found) => isSame(one, found)) === false)
      .map((operation) => `${operation}: ${one.place}`),
  );
}

/** The list as a table in Markdown, or a sentence where it is empty. */
export function differencesTable(): string {
  if (allowed.length === 0) return "There are none at present.\n";
  const rows = allowed.map(({ operations, place, recorded, given, reason }) =>
    [operations.map(code).join("<br>"), code(place), shown(recorded), shown(given), reason].join(" | "),
  );
  return ["operation | where | the service | the emulator | why", "---|---|---|---|---", ...rows]
    .map((row) => `| ${row} |\n`)
    .join("");
}

function isSame(one: Difference, other: Difference): boolean {
  return one.place === other.place && one.recorded === other.recorded && one.given === other.given;
}

function shown(value: string | undefined): string {
  return value === undefined ? "nothing" : code(value);
}

function code(text: string): string {
  return `\`${text}\``;
}
