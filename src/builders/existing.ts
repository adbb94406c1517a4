import { CREATION_ID } from "../azure/creation-id.js";
import { InvalidArgumentError } from "../errors/index.js";
import { copyOf } from "./copy.js";

/** What the service says where a duration has no end, and leaving it out says the same. */
const NO_LIMIT = "P10675199DT2H48M5.4775807S";
/** The service gives these values with capitals, and the parameters' types have none. */
const IN_LOWER_CASE = ["uploadCondition", "nodeFillType"];
/** The client library of Azure calls these properties otherwise than the service. */
const WIRE_NAMES: Readonly<Record<string, string>> = { userName: "username" };

/** What is in these is the user's own, and stays as it is. */
const OPEN = ["settings", "protectedSettings"];

/**
 * What a new thing can have of an existing one, as a GET request or Azure's client library gives it: a copy of the
 * properties that are `known`. Those that only the service sets, such as its state, are left out, and so is the mark of
 * whoever made it.
 */
export function propertiesOf<T extends object, K extends keyof T & string>(
  existing: T,
  known: readonly K[],
  what: string,
): Partial<Pick<T, K>> {
  if (typeof existing !== "object" || existing === null || Array.isArray(existing)) {
    throw new InvalidArgumentError(`${what} takes what exists, an object or a builder.`, { option: what });
  }
  const entries = known.map((name) => [name, copied(existing[name], name)] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as Partial<Pick<T, K>>;
}

function copied(value: unknown, name: string): unknown {
  if (value === null || value === NO_LIMIT) return undefined;
  if (OPEN.includes(name)) return copyOf(value);
  if (value instanceof Date) return value.toISOString();
  if (typeof value === "string" && IN_LOWER_CASE.includes(name)) return value.toLowerCase();
  if (Array.isArray(value)) {
    const items = name === "metadata" ? value.filter((item) => item?.name !== CREATION_ID) : value;
    return items.map((item) => copied(item, name));
  }
  if (typeof value !== "object") return value;
  const entries = Object.entries(value).map(([key, inner]) => [WIRE_NAMES[key] ?? key, copied(inner, key)]);
  return Object.fromEntries(entries.filter(([, inner]) => inner !== undefined));
}
