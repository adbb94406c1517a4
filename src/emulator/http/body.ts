import type { IncomingHttpHeaders } from "node:http";
import { normalise } from "../schema/normalise.js";
import { validate } from "../schema/validate.js";
import { isJsonObject, type JsonObject } from "../wire/json.js";
import { ServiceError } from "./errors.js";
import type { Operation } from "./operation.js";

// Deeper than any model, and far from what the JavaScript stack bears.
const deepestNesting = 100;

/** Reads the body of a request as the operation's model, in the form the service keeps, or refuses it. */
export function readBody(
  operation: Operation,
  headers: IncomingHttpHeaders,
  content: unknown,
  apiVersion: string,
): JsonObject {
  const { body: model, bodyOptional } = operation;
  if (model === undefined) return {};
  if (!Buffer.isBuffer(content) || content.length === 0) {
    if (bodyOptional) return {};
    throw unreadable("The request has no body");
  }
  requireJson(headers["content-type"]);
  const parsed = parseJson(textOf(content));
  if (model !== "unchecked") {
    const [problem] = validate(model, parsed, apiVersion);
    if (problem !== undefined) throw new ServiceError(problem.code, problem.values);
  }
  if (!isJsonObject(parsed)) throw new ServiceError("InvalidRequestBody");
  return model === "unchecked" ? parsed : (normalise(model, parsed, apiVersion) as JsonObject);
}

/** A body of another type is refused; one without a type is read as JSON. */
function requireJson(contentType: string | undefined): void {
  if (contentType === undefined) return;
  const [type = "", ...parameters] = contentType.toLowerCase().split(";");
  const charset = parameters.map((parameter) => /^\s*charset\s*=\s*"?([^"]*?)"?\s*$/.exec(parameter)?.[1]);
  const isUtf8 = charset.every((name) => name === undefined || name === "utf-8" || name === "utf8");
  if (type.trim() === "application/json" && isUtf8) return;
  throw new ServiceError("InvalidHeaderValue", [
    { key: "HeaderName", value: "Content-Type" },
    { key: "HeaderValue", value: contentType },
  ]);
}

function textOf(content: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(content);
  } catch {
    throw unreadable("The body is not UTF-8");
  }
}

function parseJson(text: string): unknown {
  const parsed = jsonOf(text);
  if (isDeeperThan(deepestNesting, parsed)) {
    throw unreadable(`The body is nested more than ${deepestNesting} levels deep`);
  }
  return parsed;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw unreadable(error instanceof Error ? error.message : String(error));
  }
}

function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(levels - 1, inner));
}

function unreadable(reason: string): ServiceError {
  return new ServiceError("InvalidRequestBody", [{ key: "Reason", value: reason }]);
}
