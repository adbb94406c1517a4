import type { IncomingHttpHeaders } from "node:http";
import { normalise } from "../schema/normalise.js";
import { validate } from "../schema/validate.js";
import { isJsonObject, type JsonObject } from "../wire/json.js";
import { ServiceError, unreadableBody } from "./errors.js";
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
    throw unreadableBody("The request has no body");
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
  const [type, ...parameters] = contentType
    .toLowerCase()
    .split(";")
    .map((part) => part.trim());
  const charset = parameters.find((parameter) => parameter.startsWith("charset="))?.replaceAll('"', "");
  if (type === "application/json" && (charset === undefined || /^charset=utf-?8$/.test(charset))) return;
  throw new ServiceError("InvalidHeaderValue", [
    { key: "HeaderName", value: "Content-Type" },
    { key: "HeaderValue", value: contentType },
  ]);
}

function textOf(content: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(content);
  } catch {
    throw unreadableBody("The body is not UTF-8");
  }
}

function parseJson(text: string): unknown {
  const parsed = jsonOf(text);
  requirePlain(parsed, deepestNesting);
  return parsed;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw unreadableBody(error instanceof Error ? error.message : String(error));
  }
}

/** Refuses what a later copy or walk of the value could trip over, in every version and in parts no model knows. */
function requirePlain(value: unknown, levels: number): void {
  if (typeof value !== "object" || value === null) return;
  if (levels === 0) throw unreadableBody(`The body is nested more than ${deepestNesting} levels deep`);
  if (Object.hasOwn(value, "__proto__"))
    throw unreadableBody("The property '__proto__' does not exist on any type");
  for (const inner of Object.values(value)) requirePlain(inner, levels - 1);
}
