import type { FailureInfo } from "../state/failure.js";
import { isJsonObject, type Json, type JsonObject } from "../wire/json.js";
import { isoTime, type Micros } from "../wire/time.js";

// Views turn records into what the service answers: its property names, order, formats and defaults.

const poolUser = { scope: "pool", elevationLevel: "nonadmin" };

/** Whom a task runs as. */
export function userIdentityView(identity: JsonObject | undefined): JsonObject {
  const { autoUser, username } = identity ?? {};
  if (isJsonObject(autoUser)) return { ...identity, autoUser: { ...poolUser, ...autoUser } };
  return username === undefined ? { ...identity, autoUser: poolUser } : { ...identity };
}

export function time(moment: Micros | undefined): string | undefined {
  return moment === undefined ? undefined : isoTime(moment);
}

/** Adds what was sent and the view does not know: properties of newer versions are given back as they came. */
export function withOthers(view: JsonObject, sent: object): JsonObject {
  for (const [name, value] of Object.entries(sent)) if (!(name in view)) view[name] = value as Json;
  return view;
}

/** What was sent, as JSON: records keep it under interfaces, which say only what the emulator acts on. */
export function asJson(value: unknown): Json | undefined {
  return value as Json | undefined;
}

export function failureView(failure: FailureInfo | undefined): JsonObject | undefined {
  if (failure === undefined) return undefined;
  const { category, code, message, details } = failure;
  return { category, code, message, details };
}

/** `success` or `failure`, once there is a result. */
export function resultOf(completed: boolean, failure: FailureInfo | undefined): string | undefined {
  if (!completed) return undefined;
  return failure === undefined ? "success" : "failure";
}
