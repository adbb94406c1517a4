import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { pipeline } from "node:stream/promises";
import { setTimeout as delay } from "node:timers/promises";

/** The storage service's answer to an upload. */
export interface UploadResult {
  status: number;
  /** Storage's own code, e.g. `ContainerNotFound`. */
  code: string | undefined;
}

// Older SAS versions allow this much in one request; larger files go in blocks.
const largestPut = 256 * 1024 * 1024;
const blockSize = 100 * 1024 * 1024;
const tries = 3;

/** Stores a file as a block blob under a URL that carries its own rights. */
export async function uploadBlob(
  url: string,
  path: string,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<UploadResult> {
  const { size } = await stat(path);
  if (size <= largestPut) {
    return putRange(url, path, 0, size, { ...headers, "x-ms-blob-type": "BlockBlob" }, signal);
  }

  const ids: string[] = [];
  for (let start = 0; start < size; start += blockSize) {
    const id = Buffer.from(String(ids.length).padStart(8, "0")).toString("base64");
    const target = new URL(url);
    target.searchParams.set("comp", "block");
    target.searchParams.set("blockid", id);
    const length = Math.min(blockSize, size - start);
    const result = await putRange(target.href, path, start, length, signedIn(headers), signal);
    if (result.status !== 201) return result;
    ids.push(id);
  }
  const target = new URL(url);
  target.searchParams.set("comp", "blocklist");
  const list = `<?xml version="1.0"?><BlockList>${ids.map((id) => `<Latest>${id}</Latest>`).join("")}</BlockList>`;
  return put(target.href, { ...headers, "content-length": String(Buffer.byteLength(list)) }, [list], signal);
}

/** What signs in, which each block needs; the other headers belong to the whole blob. */
function signedIn(headers: Record<string, string>): Record<string, string> {
  const own = ["authorization", "x-ms-version"];
  return Object.fromEntries(Object.entries(headers).filter(([name]) => own.includes(name)));
}

async function putRange(
  url: string,
  path: string,
  start: number,
  length: number,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<UploadResult> {
  for (let attempt = 1; ; attempt++) {
    try {
      const content = length === 0 ? [] : createReadStream(path, { start, end: start + length - 1 });
      const result = await put(url, { ...headers, "content-length": String(length) }, content, signal);
      if (result.status < 500 || attempt === tries) return result;
    } catch (error) {
      if (signal.aborted || attempt === tries) throw error;
    }
    await delay(200 * attempt, undefined, { signal });
  }
}

async function put(
  url: string,
  headers: Record<string, string>,
  content: AsyncIterable<Buffer> | string[],
  signal: AbortSignal,
): Promise<UploadResult> {
  const start = new URL(url).protocol === "https:" ? httpsRequest : httpRequest;
  const outgoing = start(url, { method: "PUT", headers, signal });
  const answered = new Promise<UploadResult>((resolve, reject) => {
    outgoing.once("error", reject);
    outgoing.once("response", (response) => {
      response.resume();
      const code = response.headers["x-ms-error-code"];
      response.once("end", () =>
        resolve({ status: response.statusCode ?? 0, code: typeof code === "string" ? code : undefined }),
      );
      response.once("error", reject);
    });
  });
  // A refusal may come before the content is read to its end; the answer counts, not the broken pipe.
  const sent = pipeline(content, outgoing).catch(() => {});
  const result = await answered;
  await sent;
  return result;
}
