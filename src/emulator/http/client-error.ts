import { randomUUID } from "node:crypto";
import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { ServiceError } from "./errors.js";
import { errorMessage } from "./write-answer.js";

/** Answers what is no HTTP request, or did not become one in time, and ends its connection. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket, baseUrl: string): void {
  if (error.code === "ECONNRESET" || socket.destroyed) return;
  if (socket.writable) socket.write(answerTo(refusalOf(error), baseUrl));
  socket.destroy();
}

function refusalOf({ code }: NodeJS.ErrnoException): ServiceError {
  switch (code) {
    case "HPE_INVALID_METHOD":
      return new ServiceError("InvalidHttpVerb");
    case "HPE_INVALID_URL":
      return new ServiceError("RequestUrlFailedToParse");
    case "HPE_HEADER_OVERFLOW":
      return new ServiceError("InvalidInput", [], 431);
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return new ServiceError("InvalidInput", [], 408);
    default:
      return new ServiceError("InvalidInput");
  }
}

function answerTo(error: ServiceError, baseUrl: string): string {
  const { headers, body } = errorMessage({ id: randomUUID(), headers: {}, baseUrl }, error);
  const lines = Object.entries({ ...headers, Connection: "close" }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  return `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}\r\n${lines.join("\r\n")}\r\n\r\n${body}`;
}
