import { closest, distance } from "fastest-levenshtein";
import { constants } from "./constants.js";
import { FormulaError, type Place } from "./formula-error.js";
import { functionNames } from "./functions.js";
import { readFormula } from "./grammar.js";
import { timestampMemberNames } from "./interpreter.js";
import { longestFormula, mostStatements } from "./limits.js";
import { metricMethods } from "./metrics.js";
import type { Expression, Statement } from "./syntax.js";
import { isMetric, serviceVariable, serviceVariables } from "./variables.js";

/** What is wrong with a formula. */
export interface FormulaProblem {
  /** Where it is wrong; the whole of it without one. */
  readonly place?: Place;
  /** `"there is no function 'average'; the nearest is 'avg'"` */
  readonly reason: string;
}

/**
 * What is wrong with a formula before any of it is evaluated: its length, its syntax (the first error alone), variables
 * and functions that there are not, and that it sizes nothing.
 */
export function checkFormula(text: string): readonly FormulaProblem[] {
  if (text.length > longestFormula) {
    return [{ reason: `has ${text.length} characters, and Batch takes ${longestFormula}` }];
  }
  const statements = read(text);
  if ("reason" in statements) return [statements];
  if (statements.length > mostStatements) {
    return [{ reason: `has ${statements.length} statements, and Batch takes ${mostStatements}` }];
  }
  const problems = checkNames(statements).sort(byPlace);
  if (!statements.some(isTarget)) {
    problems.push({ reason: "sets neither $TargetDedicatedNodes nor $TargetLowPriorityNodes" });
  }
  return problems;
}

function read(text: string): readonly Statement[] | FormulaProblem {
  try {
    return readFormula(text);
  } catch (error) {
    if (!(error instanceof FormulaError)) throw error;
    return { place: error.place, reason: error.reason };
  }
}

function byPlace({ place: a }: FormulaProblem, { place: b }: FormulaProblem): number {
  return (a?.line ?? 0) - (b?.line ?? 0) || (a?.column ?? 0) - (b?.column ?? 0);
}

function isTarget({ name }: Statement): boolean {
  return name !== undefined && serviceVariable(name)?.startsWith("$Target") === true;
}

/** Names in the order in which they are met: a variable is there once a statement has set it. */
function checkNames(statements: readonly Statement[]): FormulaProblem[] {
  const own = new Set<string>();
  return statements.flatMap((statement) => {
    const problems = expressionsIn(statement.value).flatMap((expression) => checkExpression(expression, own));
    const { name, place } = statement;
    if (name === undefined) return problems;
    const known = serviceVariable(name);
    if (known === undefined) own.add(name);
    if (Object.hasOwn(constants, name)) problems.push({ place, reason: `'${name}' is a constant` });
    if (known !== undefined && isMetric(known))
      problems.push({ place, reason: `'${name}' can only be read` });
    return problems;
  });
}

/** An expression and all within it. */
function expressionsIn(expression: Expression): Expression[] {
  return [expression, ...partsOf(expression).flatMap(expressionsIn)];
}

function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case "number":
    case "string":
    case "name":
      return [];
    case "call":
      return expression.args;
    case "method":
      return [expression.target, ...expression.args];
    case "member":
      return [expression.target];
    case "unary":
      return [expression.operand];
    case "chain":
      return [expression.first, ...expression.rest.map(({ operand }) => operand)];
    case "conditional":
      return [
        ...expression.cases.flatMap(({ condition, value }) => [condition, value]),
        expression.otherwise,
      ];
  }
}

function checkExpression(expression: Expression, own: ReadonlySet<string>): readonly FormulaProblem[] {
  switch (expression.kind) {
    case "name":
      return checkVariable(expression.name, own, expression.place);
    case "call":
      return checkKnown("function", expression.name, functionNames, expression.place);
    case "method":
      return checkKnown("method", expression.name, metricMethods, expression.place);
    case "member":
      return checkKnown("member", expression.name, timestampMemberNames, expression.place);
    default:
      return [];
  }
}

function checkVariable(name: string, own: ReadonlySet<string>, place: Place): readonly FormulaProblem[] {
  if (serviceVariable(name) !== undefined) return [];
  return checkKnown("variable", name, [...serviceVariables, ...own, ...Object.keys(constants)], place);
}

function checkKnown(
  what: string,
  name: string,
  known: readonly string[],
  place: Place,
): readonly FormulaProblem[] {
  if (known.includes(name)) return [];
  return [{ place, reason: `there is no ${what} '${name}'${suggestion(name, known)}` }];
}

/** The nearest name, whatever the case, where it is near at all. */
function suggestion(name: string, known: readonly string[]): string {
  const wanted = name.toLowerCase();
  const byLowerCase = new Map(known.map((one) => [one.toLowerCase(), one]));
  const near = closest(wanted, [...byLowerCase.keys()]);
  const isNear = distance(wanted, near) <= Math.max(wanted.length, near.length) / 2;
  return isNear ? `; the nearest is '${byLowerCase.get(near)}'` : "";
}
