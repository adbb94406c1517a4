import type { BlobClient } from "@azure/storage-blob";

export interface DownloadRange {
  readonly offset?: number;
  readonly length?: number;
  readonly signal?: AbortSignal;
}

/** How often, without a single byte between, a download may break off before it fails. */
const RESUMPTIONS = 5;

/**
 * A blob's content, which goes on where it was when the connection breaks: the client library has the same in mind, but
 * takes a lost connection for the caller's wish to stop. Rejects at once where there is no blob.
 */
export async function download(
  blob: BlobClient,
  { offset = 0, length, signal }: DownloadRange,
): Promise<AsyncGenerator<Buffer, void, undefined>> {
  const from = (read: number, etag?: string) =>
    blob.download(offset + read, length === undefined ? undefined : length - read, {
      abortSignal: signal,
      maxRetryRequests: 0,
      ...(etag === undefined ? {} : { conditions: { ifMatch: etag } }),
    });
  const first = await from(0);
  return content(first, (read) => from(read, first.etag), signal);
}

type Answer = Awaited<ReturnType<BlobClient["download"]>>;

async function* content(
  first: Answer,
  resume: (read: number) => Promise<Answer>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer, void, undefined> {
  const size = first.contentLength ?? 0;
  let read = 0;
  let failures = 0;
  for (let answer = first; ; answer = await resume(read)) {
    try {
      // Always there in Node.js; a browser has a Blob instead.
      for await (const chunk of answer.readableStreamBody as AsyncIterable<Buffer>) {
        read += chunk.length;
        failures = 0;
        yield chunk;
      }
      return;
    } catch (error) {
      if (read >= size) return;
      if (signal?.aborted || ++failures > RESUMPTIONS) throw error;
    }
  }
}
