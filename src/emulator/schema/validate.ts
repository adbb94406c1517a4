import { timeKey } from "../odata/filter-time.js";
import { versionNumber } from "../wire/api-version.js";
import { isJsonObject } from "../wire/json.js";
import { conditions } from "./conditions.js";
import { parseDuration } from "./duration.js";
import { isAnnotation, type ModelName, type PropertySchema } from "./models.js";
import { invalid, missing, type Problem, unreadable } from "./problem.js";
import { valueRules } from "./value-rules.js";
import { isNewer, isOfPools, isRemoved, modelOf, withPresentNames } from "./versions.js";

/**
 * Checks a request body against a model.
 *
 * `null` counts as absent, enum values are taken in any case. A version newer than the models may send properties they
 * do not know.
 *
 * @param model the body's model, like `TaskAddParameter`
 * @param body the parsed JSON
 * @param apiVersion the request's `api-version`
 * @returns what is wrong (a hundred problems or so at most), what cannot be read first, as the service finds it before it looks at values; empty for a
 * good body
 * @example
 * ```ts
 * const [problem] = validate("TaskAddParameter", request.body, "2022-10-01.16.0");
 * if (problem) throw new ServiceError(problem.code, problem.values);
 * ```
 */
export function validate(model: ModelName, body: unknown, apiVersion: string): readonly Problem[] {
  const problems: Problem[] = [];
  checkModel(model, body, "", versionNumber(apiVersion), problems);
  return problems.sort((a, b) => rank(a) - rank(b));
}

// A body can hold a million faults, and only the first is told.
const mostProblems = 100;

const rank = ({ code }: Problem): number => (code === "InvalidRequestBody" ? 0 : 1);

function checkModel(
  model: ModelName,
  body: unknown,
  path: string,
  version: number,
  problems: Problem[],
): void {
  if (!isJsonObject(body)) {
    problems.push(unreadable(path, unexpectedNode(body, "StartObject")));
    return;
  }
  const schema = modelOf(model, version);
  const at = (property: string) => (path === "" ? property : `${path}.${property}`);

  for (const property in body) {
    if (problems.length >= mostProblems) return;
    const value = body[property];
    const expected = Object.hasOwn(schema, property) ? schema[property] : undefined;
    if (!expected) {
      const isKnown = isRemoved(model, property, version) || isOfPools(model, property);
      if ((isKnown || !isNewer(version)) && !isAnnotation(property))
        problems.push(unreadable(at(property), unknown(model, property)));
    } else if (value !== null && value !== undefined) {
      checkProperty(model, property, expected, value, at(property), version, problems);
    }
  }
  for (const property in schema) {
    if (schema[property]?.required && (body[property] ?? undefined) === undefined)
      problems.push(missing(at(property)));
  }
  const condition = conditions[model];
  if (condition) problems.push(...condition(withPresentNames(model, body), at, version));
}

function checkProperty(
  model: ModelName,
  property: string,
  schema: PropertySchema,
  value: unknown,
  path: string,
  version: number,
  problems: Problem[],
): void {
  const before = problems.length;
  if (!schema.list) {
    checkValue(schema, value, path, version, problems);
  } else if (!Array.isArray(value)) {
    problems.push(unreadable(path, unexpectedNode(value, "StartArray")));
  } else {
    for (const [index, item] of value.entries()) {
      if (problems.length >= mostProblems) return;
      checkValue(schema, item, `${path}[${index}]`, version, problems);
    }
  }
  if (problems.length > before) return;

  const reason = valueRules[model]?.[property]?.(value);
  if (reason !== undefined) problems.push(invalid(path, value, reason));
}

function checkValue(
  schema: PropertySchema,
  value: unknown,
  path: string,
  version: number,
  problems: Problem[],
): void {
  if (schema.type === "model") {
    checkModel(schema.model, value, path, version, problems);
    return;
  }
  if (schema.type === "object") {
    if (!isJsonObject(value)) problems.push(unreadable(path, unexpectedNode(value, "StartObject")));
    return;
  }
  if (typeof value === "object") {
    problems.push(unreadable(path, unexpectedNode(value, "PrimitiveValue")));
    return;
  }
  const { edmType, reads } = primitives[schema.type];
  if (!reads(value)) {
    problems.push(unreadable(path, cannotConvert(edmType)));
    return;
  }
  if (schema.type === "enum" && !isOneOf(schema.values, String(value))) {
    problems.push(invalid(path, value, `The value has to be one of ${schema.values.join(", ")}`));
  }
}

const isString = (value: unknown): value is string => typeof value === "string";
const isInt32 = (value: unknown): boolean => typeof value === "number" && (value | 0) === value;

/** How primitive values are read, and what the service calls their types. */
const primitives = {
  string: { edmType: "Edm.String", reads: isString },
  enum: { edmType: "Edm.String", reads: isString },
  boolean: { edmType: "Edm.Boolean", reads: (value: unknown) => typeof value === "boolean" },
  integer: { edmType: "Edm.Int32", reads: isInt32 },
  dateTime: {
    edmType: "Edm.DateTime",
    reads: (value: unknown) => isString(value) && timeKey(value) !== undefined,
  },
  duration: {
    edmType: "Edm.Time",
    reads: (value: unknown) => isString(value) && parseDuration(value) !== undefined,
  },
} as const;

const isOneOf = (values: readonly string[], value: string): boolean => {
  const lower = value.toLowerCase();
  return values.some((allowed) => allowed.toLowerCase() === lower);
};

const unknown = (model: ModelName, property: string): string =>
  `The property '${property}' does not exist on type 'Microsoft.Azure.Batch.Protocol.Entities.${model}'. ` +
  "Make sure to only use property names that are defined by the type.";

const cannotConvert = (edmType: string): string =>
  `Cannot convert a primitive value to the expected type '${edmType}'. See the inner exception for more details.`;

const unexpectedNode = (value: unknown, expected: string): string =>
  `An unexpected '${nodeOf(value)}' node was found when reading from the JSON reader. A '${expected}' node was expected.`;

function nodeOf(value: unknown): string {
  if (Array.isArray(value)) return "StartArray";
  return isJsonObject(value) ? "StartObject" : "PrimitiveValue";
}
