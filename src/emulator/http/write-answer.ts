import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { eTagOf, httpDate, isoTime } from "../wire/time.js";
import type { Answer } from "./answer.js";
import type { ServiceError } from "./errors.js";
import type { Operation } from "./operation.js";
import { type BatchRequest, rawPath } from "./request.js";

const jsonType = "application/json;odata=minimalmetadata";

/** Sends what an operation answered, in the service's form. */
export async function writeAnswer(
  response: ServerResponse,
  operation: Operation,
  request: BatchRequest,
  answer: Answer,
): Promise<void> {
  const headers: Record<string, string> = commonHeaders(request.headers);
  // Successes are chunked, even the empty ones, but 204 cannot be.
  if (operation.status === 204) headers["Content-Length"] = "0";
  else if (answer.content?.headers["Content-Length"] === undefined) headers["Transfer-Encoding"] = "chunked";
  addEntityHeaders(headers, operation, request, answer);

  if (answer.content !== undefined) {
    Object.assign(headers, answer.content.headers);
    response.writeHead(operation.status, headers);
    if (answer.content.stream === undefined) response.end(answer.content.text ?? "");
    else await pipeline(answer.content.stream, response);
    return;
  }
  if (answer.body === undefined) {
    response.writeHead(operation.status, headers).end();
    return;
  }
  headers["Content-Type"] = jsonType;
  const metadata = `${request.baseUrl}/$metadata#${answer.metadata}`;
  response
    .writeHead(operation.status, headers)
    .end(JSON.stringify({ "odata.metadata": metadata, ...answer.body }));
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

/** Sends a refusal, in the service's form. */
export function writeError(
  response: ServerResponse,
  requestHeaders: IncomingHttpHeaders,
  method: string,
  baseUrl: string,
  error: ServiceError,
): void {
  const headers = commonHeaders(requestHeaders);
  const time = isoTime(Date.now() * 1000);
  const body = JSON.stringify({
    "odata.metadata": `${baseUrl}/$metadata#Microsoft.Azure.Batch.Protocol.Entities.Container.errors/@Element`,
    code: error.code,
    message: { lang: "en-US", value: `${error.message}\nRequestId:${headers["request-id"]}\nTime:${time}` },
    values: error.values.length > 0 ? error.values : undefined,
  });
  headers["Content-Type"] = jsonType;
  response.statusMessage = error.message;
  if (method === "HEAD" || error.status === 304) {
    response.writeHead(error.status, headers).end();
    return;
  }
  headers["Content-Length"] = String(Buffer.byteLength(body));
  response.writeHead(error.status, headers).end(body);
}

function commonHeaders(requestHeaders: IncomingHttpHeaders): Record<string, string> {
  const headers: Record<string, string> = {
    Server: "Microsoft-HTTPAPI/2.0",
    DataServiceVersion: "3.0",
    "X-Content-Type-Options": "nosniff",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "request-id": randomUUID(),
  };
  const clientRequestId = requestHeaders["client-request-id"];
  const wanted = String(requestHeaders["return-client-request-id"] ?? "").toLowerCase() === "true";
  if (typeof clientRequestId === "string" && wanted) headers["client-request-id"] = clientRequestId;
  return headers;
}
