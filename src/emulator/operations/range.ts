import type { IncomingHttpHeaders } from "node:http";
import { ServiceError } from "../http/errors.js";

/** The first and last byte to send, and how the answer says so. */
export interface ByteRange {
  start: number;
  end: number;
  status: 200 | 206;
  headers: Record<string, string>;
}

/**
 * Reads the bytes a request asks for. The service's own header is answered as its documentation says, with 200; HTTP's
 * header, for clients that know no other, as HTTP says.
 */
export function rangeOf(headers: IncomingHttpHeaders, size: number): ByteRange | undefined {
  const own = headers["ocp-range"];
  if (own !== undefined) return { ...readRange(String(own), size), status: 200, headers: {} };
  if (headers.range === undefined) return undefined;
  const range = readRange(headers.range, size);
  const contentRange = `bytes ${range.start}-${range.end}/${size}`;
  return { ...range, status: 206, headers: { "Content-Range": contentRange } };
}

/** Reads `bytes=start-end`, where the end may be left out or lie beyond the file. */
function readRange(header: string, size: number): { start: number; end: number } {
  const match = /^bytes=(\d+)-(\d*)$/.exec(header.trim());
  if (match === null) throw new ServiceError("InvalidRange");
  const start = Number(match[1]);
  const end = match[2] === "" ? size - 1 : Math.min(Number(match[2]), size - 1);
  if (start > end) throw new ServiceError("InvalidRange");
  return { start, end };
}
