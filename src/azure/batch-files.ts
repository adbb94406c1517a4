import { ServiceError } from "../errors/index.js";
import type { Send } from "./batch-requests.js";
import { type FileOwner, nameOf, pathOf } from "./operations/files.js";
import type { CallOptions } from "./ports.js";

/**
 * A text file of a task or a node; undefined where it is not, or not any more: the file, its task or its node is gone,
 * the task has not been on a node yet, or the file was cut while it was read.
 */
export async function readFile(
  send: Send,
  owner: FileOwner,
  path: string,
  { lastBytes, signal }: CallOptions & { lastBytes?: number },
): Promise<string | undefined> {
  const file = { operation: `read ${path} of ${nameOf(owner)}`, target: pathOf(owner, path) };
  try {
    if (lastBytes === undefined) {
      const whole = await send({ ...file, method: "GET" }, { signal });
      return whole.body.toString("utf8");
    }
    const head = await send({ ...file, method: "HEAD" }, { signal });
    const size = Number(head.headers.get("content-length"));
    const start = Math.max(0, size - lastBytes);
    if (start === size) return "";
    const range = { "ocp-range": `bytes=${start}-${size - 1}` };
    const end = await send({ ...file, method: "GET", headers: range }, { signal });
    return start === 0 ? end.body.toString("utf8") : fromCharacterBoundary(end.body).toString("utf8");
  } catch (error) {
    if (error instanceof ServiceError && [404, 409, 416].includes(error.statusCode ?? 0)) return undefined;
    throw error;
  }
}

/** Without the rest of a UTF-8 character whose beginning was cut off. */
export function fromCharacterBoundary(bytes: Buffer): Buffer {
  let start = 0;
  while (start < 3 && ((bytes[start] ?? 0) & 0b1100_0000) === 0b1000_0000) start++;
  return bytes.subarray(start);
}
