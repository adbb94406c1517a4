/** One thing that is wrong with a request body, as the service's error says it. All are 400. */
export interface Problem {
  readonly code:
    | "InvalidRequestBody"
    | "MissingRequiredProperty"
    | "InvalidPropertyValue"
    | "EmptyMetadataKey";
  /** Where it is in the body: `constraints.maxWallClockTime`, `resourceFiles[2].httpUrl`; empty for the body itself. */
  readonly path: string;
  /** The `values` of the error's body. */
  readonly values: { key: string; value: string }[];
}

/** The body cannot be read as what it should be: an unknown property, or a value of the wrong type. */
export const unreadable = (path: string, reason: string): Problem => ({
  code: "InvalidRequestBody",
  path,
  values: [{ key: "Reason", value: path === "" ? reason : `${reason} Path: '${path}'.` }],
});

/** A required property is absent. */
export const missing = (path: string, propertyName = leafOf(path)): Problem => ({
  code: "MissingRequiredProperty",
  path,
  values: [{ key: "PropertyName", value: propertyName }],
});

/** A property has the right type, but a value the service does not take. */
export const invalid = (path: string, value: unknown, reason: string): Problem => ({
  code: "InvalidPropertyValue",
  path,
  values: [
    { key: "PropertyName", value: leafOf(path) },
    { key: "PropertyValue", value: shown(value) },
    { key: "Reason", value: reason },
  ],
});

const longestShown = 16_384;

function shown(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > longestShown ? `${text.slice(0, longestShown)}…` : text;
}

/** The service names a property without what it is in. */
function leafOf(path: string): string {
  const leaf = path.slice(path.lastIndexOf(".") + 1);
  return leaf.replace(/\[\d+\]$/, "");
}
