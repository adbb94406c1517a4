import { readFormula } from "./grammar.js";
import type { Statement } from "./syntax.js";
import { serviceVariable } from "./variables.js";

/** What a formula is to do beyond what it says itself. */
export interface FormulaAdditions {
  /** How many nodes there are at least while Batch knows too few samples. */
  readonly startNodes?: number;
  readonly nodeDeallocationOption?: string;
}

/** Three samples of ten minutes will do: a formula that waited for all would wait for ever where they are always late. */
const WITHOUT_SAMPLES = "$PendingTasks.GetSamplePercent(TimeInterval_Minute * 10) < 15";

/**
 * A formula with its additions, its lines where they were: each target keeps to the start size while samples are missing,
 * and a statement at the end says what becomes of the tasks on nodes that go. The formula has no errors.
 */
export function completeFormula(
  text: string,
  { startNodes, nodeDeallocationOption }: FormulaAdditions,
): string {
  const statements = readFormula(text);
  const started = startNodes === undefined ? text : withStart(text, statements, startNodes);
  if (nodeDeallocationOption === undefined) return started;
  const end = statements.at(-1)?.valueRange[1] ?? 0;
  const separator = text
    .slice(end)
    .replaceAll(/\/\/[^\n\r]*/g, "")
    .includes(";")
    ? ""
    : ";";
  return `${started}\n${separator}$NodeDeallocationOption = ${nodeDeallocationOption};`;
}

/** Which variables a formula sets, as the service writes them. */
export function assignedBy(text: string): readonly string[] {
  return readFormula(text).flatMap(({ name }) => serviceVariable(name ?? "") ?? []);
}

/** The start size is of one kind of node: dedicated ones, unless the formula sizes Spot nodes alone. */
function withStart(text: string, statements: readonly Statement[], startNodes: number): string {
  const isOf = (prefix: string) => (statement: Statement) =>
    serviceVariable(statement.name ?? "")?.startsWith(prefix) === true;
  const dedicated = statements.filter(isOf("$TargetDedicated"));
  const started = dedicated.length > 0 ? dedicated : statements.filter(isOf("$TargetLowPriority"));
  return started.reduceRight((result, { name, valueRange: [start, end] }) => {
    const value = `${WITHOUT_SAMPLES} ? max(${startNodes}, ${name}) : (${result.slice(start, end)})`;
    return result.slice(0, start) + value + result.slice(end);
  }, text);
}
