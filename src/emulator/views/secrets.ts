import { isJsonObject, type Json, type JsonObject } from "../wire/json.js";

// What the service takes and never gives back.
const secretNames = new Set(["accountKey", "password", "protectedSettings", "sasKey", "sshPrivateKey"]);

/** A copy without passwords and keys, however deep they are. */
export function withoutSecrets(value: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !secretNames.has(name))
      .map(([name, inner]) => [name, inner === undefined ? undefined : cleaned(inner)]),
  );
}

function cleaned(value: Json): Json {
  if (Array.isArray(value)) return value.map(cleaned);
  return isJsonObject(value) ? withoutSecrets(value) : value;
}
