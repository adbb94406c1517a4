/** What JSON can carry; bodies of requests and answers are made of it. */
export type Json = string | number | boolean | null | Json[] | JsonObject;

/** A JSON object. A property that is `undefined` is left out of the answer. */
export type JsonObject = { [name: string]: Json | undefined };

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
