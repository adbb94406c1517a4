import { normalise } from "../schema/normalise.js";
import { validate } from "../schema/validate.js";
import { isJsonObject, type JsonObject } from "../wire/json.js";
import { ServiceError } from "./errors.js";
import type { Operation } from "./operation.js";

/** Reads the body of a request as the operation's model, in the form the service keeps, or refuses it. */
export function readBody(operation: Operation, content: unknown, apiVersion: string): JsonObject {
  const { body: model, bodyOptional } = operation;
  if (model === undefined) return {};
  if (!Buffer.isBuffer(content) || content.length === 0) {
    if (bodyOptional) return {};
    throw new ServiceError("InvalidRequestBody", [{ key: "Reason", value: "The request has no body" }]);
  }
  const parsed = parseJson(content.toString("utf8").replace(/^\uFEFF/, ""));
  if (model !== "unchecked") {
    const [problem] = validate(model, parsed, apiVersion);
    if (problem !== undefined) throw new ServiceError(problem.code, problem.values);
  }
  if (!isJsonObject(parsed)) throw new ServiceError("InvalidRequestBody");
  return model === "unchecked" ? parsed : (normalise(model, parsed, apiVersion) as JsonObject);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ServiceError("InvalidRequestBody", [{ key: "Reason", value: reason }]);
  }
}
