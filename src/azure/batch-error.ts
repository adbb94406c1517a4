import { ServiceError } from "../errors/index.js";
import type { WireAnswer } from "./batch-wire.js";
import { redact } from "./redact.js";
import { remedyOf, remedySentence } from "./remedies.js";
import { signInHint } from "./sign-in-hint.js";

/** An error as Batch writes it: of a whole request, or of one task of a collection. */
export interface BatchErrorBody {
  readonly code?: string;
  readonly message?: { readonly value?: string };
  readonly values?: readonly { readonly key?: string; readonly value?: string }[];
}

/** What an answer of 300 and above says. */
export function batchError(operation: string, answer: WireAnswer): ServiceError {
  const body = bodyOf(answer);
  const code = body.code ?? `Http${answer.status}`;
  const hint = signInHint(answer.status, answer.headers.get("date"));
  const details = Object.fromEntries(valuesOf(body));
  const remedy = answer.status === 404 ? undefined : remedyOf(code, details.PropertyName);
  return new ServiceError(
    `Azure Batch refused to ${operation}: ${batchMessage(body)} (${code}, HTTP ${answer.status})${hint || remedySentence(remedy)}`,
    {
      service: "batch",
      code,
      statusCode: answer.status,
      operation,
      requestId: answer.headers.get("request-id"),
      details,
      option: remedy?.option,
    },
  );
}

/** The text of an error and of its values, without the lines that name the request. */
export function batchMessage(body: BatchErrorBody): string {
  const text = redact(body.message?.value?.split("\n")[0]?.trim() || "it gave no reason.");
  const values = valuesOf(body).map(([key, value]) => `${key}: ${value}`);
  return values.length === 0 ? text : `${text} ${values.join(", ")}`;
}

/** The service tells how it signed a refused request; that says nothing to a reader, and quotes the signature. */
const notTold = new Set(["AuthenticationErrorDetail"]);

function valuesOf(body: BatchErrorBody): [string, string][] {
  return (body.values ?? [])
    .filter(({ key }) => key !== undefined && !notTold.has(key))
    .map(({ key, value }) => [String(key), redact(value ?? "")]);
}

function bodyOf(answer: WireAnswer): BatchErrorBody {
  try {
    const body: unknown = JSON.parse(answer.body.toString("utf8"));
    return typeof body === "object" && body !== null ? body : {};
  } catch {
    return {}; // Nothing at all, as for HEAD, or what a proxy on the way wrote.
  }
}
