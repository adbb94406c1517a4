import { ServiceError } from "../http/errors.js";

/** The first and last byte to send. */
export interface ByteRange {
  start: number;
  end: number;
}

/** Reads `ocp-range: bytes=start-end`, where the end may be left out or lie beyond the file. */
export function readRange(header: string | string[] | undefined, size: number): ByteRange | undefined {
  if (header === undefined) return undefined;
  const match = /^bytes=(\d+)-(\d*)$/.exec(String(header).trim());
  if (match === null) throw new ServiceError("InvalidRange");
  const start = Number(match[1]);
  const end = match[2] === "" ? size - 1 : Math.min(Number(match[2]), size - 1);
  if (start > end) throw new ServiceError("InvalidRange");
  return { start, end };
}
