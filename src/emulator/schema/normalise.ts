import { timeKey } from "../odata/filter-time.js";
import { versionNumber } from "../wire/api-version.js";
import { isJsonObject } from "../wire/json.js";
import { normaliseDuration } from "./duration.js";
import { isAnnotation, type ModelName, type PropertySchema } from "./models.js";
import { modelOf, presentName } from "./versions.js";

/** The few enum values that the service does not give back in lower case, by property: elsewhere they may be. */
const spellings: Readonly<Record<string, readonly string[]>> = {
  nodeFillType: ["Spread", "Pack"],
  uploadCondition: ["TaskSuccess", "TaskFailure", "TaskCompletion"],
  storeLocation: ["CurrentUser", "LocalMachine"],
};

/**
 * A valid body as the service keeps it and gives it back: durations and times in its form, enum values in its spelling,
 * `vmSize` in lower case, no `null`, no annotations of OData, properties under their present names. What the model does
 * not know stays as it is.
 */
export function normalise(
  model: ModelName,
  body: Readonly<Record<string, unknown>>,
  apiVersion: string,
): Record<string, unknown> {
  return normaliseModel(model, body, versionNumber(apiVersion));
}

function normaliseModel(
  model: ModelName,
  body: Readonly<Record<string, unknown>>,
  version: number,
): Record<string, unknown> {
  const schema = modelOf(model, version);
  const properties = Object.entries(body)
    .filter(([property, value]) => value !== null && !isAnnotation(property))
    .map(([property, value]): [string, unknown] => {
      const expected = Object.hasOwn(schema, property) ? schema[property] : undefined;
      const kept = expected ? normaliseProperty(property, expected, value, version) : value;
      return [presentName(model, property), kept];
    });
  return Object.fromEntries(properties);
}

function normaliseProperty(
  property: string,
  schema: PropertySchema,
  value: unknown,
  version: number,
): unknown {
  if (schema.list && Array.isArray(value)) {
    return value.map((item) => normaliseValue(property, schema, item, version));
  }
  return normaliseValue(property, schema, value, version);
}

function normaliseValue(property: string, schema: PropertySchema, value: unknown, version: number): unknown {
  if (schema.type === "model")
    return isJsonObject(value) ? normaliseModel(schema.model, value, version) : value;
  if (typeof value !== "string") return value;
  switch (schema.type) {
    case "duration":
      return normaliseDuration(value) ?? value;
    case "dateTime":
      return wireTime(value) ?? value;
    case "enum":
      return enumValue(spellings[property] ?? schema.values, value);
    default:
      return property === "vmSize" ? value.toLowerCase() : value;
  }
}

function wireTime(text: string): string | undefined {
  const key = timeKey(text);
  return key === undefined ? undefined : `${key}Z`;
}

function enumValue(values: readonly string[], value: string): string {
  const lower = value.toLowerCase();
  return values.find((allowed) => allowed.toLowerCase() === lower) ?? value;
}
