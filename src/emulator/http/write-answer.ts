import type { IncomingMessage, ServerResponse } from "node:http";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { eTagOf, httpDate } from "../wire/time.js";
import type { Answer } from "./answer.js";
import { errorBody, type ServiceError } from "./errors.js";
import type { Operation } from "./operation.js";
import { type BatchRequest, rawPath } from "./request.js";

const jsonType = "application/json;odata=minimalmetadata";

/** An answer in the service's form, ready to be sent: nothing can go wrong with it any more but the connection. */
export interface Message {
  status: number;
  headers: Record<string, string>;
  body: string | Readable;
}

/** Brings what an operation answered into the service's form. */
export function answerMessage(operation: Operation, request: BatchRequest, answer: Answer): Message {
  const { status } = operation;
  const headers: Record<string, string> = commonHeaders(request);
  // Successes are chunked, even the empty ones, but 204 cannot be.
  if (status === 204) headers["Content-Length"] = "0";
  else if (answer.content?.headers["Content-Length"] === undefined) headers["Transfer-Encoding"] = "chunked";
  addEntityHeaders(headers, operation, request, answer);

  if (answer.content !== undefined) {
    const { content } = answer;
    return {
      status: content.status ?? status,
      headers: { ...headers, ...content.headers },
      body: content.stream ?? content.text ?? "",
    };
  }
  if (answer.body === undefined) return { status, headers, body: "" };
  headers["Content-Type"] = jsonType;
  const metadata = `${request.baseUrl}/$metadata#${answer.metadata}`;
  return { status, headers, body: JSON.stringify({ "odata.metadata": metadata, ...answer.body }) };
}

/** Sends an answer. */
export async function sendMessage(
  response: ServerResponse,
  { status, headers, body }: Message,
): Promise<void> {
  // HTTP/1.0 knows no chunks: there the end of the connection is the end of the answer.
  if (response.req.httpVersionMinor === 0) delete headers["Transfer-Encoding"];
  response.writeHead(status, headers);
  if (typeof body === "string") response.end(body);
  else await pipeline(body, response);
}

function addEntityHeaders(
  headers: Record<string, string>,
  operation: Operation,
  request: BatchRequest,
  answer: Answer,
): void {
  if (operation.headers.includes("E") && answer.modified !== undefined) {
    headers.ETag = eTagOf(answer.modified);
    headers["Last-Modified"] = httpDate(answer.modified);
  }
  const place = `${request.baseUrl}${answer.location ?? rawPath(request.rawUrl)}`;
  if (operation.headers.includes("L")) headers.Location = place;
  if (operation.headers.includes("D")) headers.DataServiceId = place;
}

/** What a refusal tells of the request it answers. */
type Refused = Pick<BatchRequest, "id" | "headers" | "baseUrl">;

/** A refusal in the service's form. */
export function errorMessage(
  request: Refused,
  error: ServiceError,
): { headers: Record<string, string>; body: string } {
  const headers = commonHeaders(request);
  const body = JSON.stringify({
    "odata.metadata": `${request.baseUrl}/$metadata#Microsoft.Azure.Batch.Protocol.Entities.Container.errors/@Element`,
    ...errorBody(request.id, error),
  });
  headers["Content-Type"] = jsonType;
  headers["Content-Length"] = String(Buffer.byteLength(body));
  return { headers, body };
}

/** Sends a refusal. */
export function sendError(
  request: IncomingMessage,
  response: ServerResponse,
  refused: Refused,
  error: ServiceError,
): void {
  const { headers, body } = errorMessage(refused, error);
  response.statusMessage = error.message;
  if (request.method === "HEAD" || error.status === 304) {
    const { "Content-Length": _, ...others } = headers;
    response.writeHead(error.status, others).end();
    return;
  }
  response.writeHead(error.status, headers).write(body);
  endWithRequest(request, response);
}

const mostUnread = 64 * 1024 * 1024;

/**
 * Ends an answer when the rest of its request has come: a connection that is closed while the client still sends is
 * reset, and the client may lose the answer.
 */
function endWithRequest(request: IncomingMessage, response: ServerResponse): void {
  if (request.complete || request.destroyed) {
    response.end();
    return;
  }
  let unread = 0;
  request.on("data", (chunk: Buffer) => {
    unread += chunk.length;
    if (unread > mostUnread) request.destroy();
  });
  request.once("end", () => response.end());
  request.once("error", () => response.destroy());
  request.resume();
}

function commonHeaders({ id, headers: sent }: Pick<BatchRequest, "id" | "headers">): Record<string, string> {
  const headers: Record<string, string> = {
    Server: "Microsoft-HTTPAPI/2.0",
    DataServiceVersion: "3.0",
    "X-Content-Type-Options": "nosniff",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "request-id": id,
  };
  const clientRequestId = sent["client-request-id"];
  const wanted = String(sent["return-client-request-id"] ?? "").toLowerCase() === "true";
  if (typeof clientRequestId === "string" && wanted) headers["client-request-id"] = clientRequestId;
  return headers;
}
