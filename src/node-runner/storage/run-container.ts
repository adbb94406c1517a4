import { stat } from "node:fs/promises";
import { download, type HttpAnswer, type HttpRequest, type RequestBody, send, sendForBytes } from "./http.js";
import type { Authorize } from "./managed-identity.js";

/** The most that one request can store; a SAS that may only create blobs cannot store them in blocks. */
const LARGEST_BLOB = 5_000 * 1024 * 1024;

/** A refusal by the storage service, or no answer from it. The message has no SAS. */
export class StorageError extends Error {
  override readonly name = "StorageError";
}

/** The run's container in Blob Storage, as far as a node may see it. */
export class RunContainer {
  readonly #input: string;
  readonly #output: string;
  readonly #authorize: Authorize | undefined;

  /** Both URLs hold a SAS, one that may read, and one that may create and read; or neither, and `authorize` signs in. */
  constructor(inputUrl: string, outputUrl: string, authorize?: Authorize) {
    this.#input = inputUrl;
    this.#output = outputUrl;
    this.#authorize = authorize;
  }

  /** Some bytes of a blob that the client made, as text. */
  async readInput(blob: string, offset: number, length: number): Promise<string> {
    const answer = await this.#call(blob, this.#requestOfRange(blob, offset, length));
    if (answer.status === 206 || answer.status === 200) return answer.text;
    throw refusal("read", blob, answer);
  }

  /** Some bytes of a blob that the client made: fewer where the blob ends before. */
  async readBytes(blob: string, offset: number, length: number): Promise<Buffer> {
    const answer = await this.#call(blob, this.#requestOfRange(blob, offset, length), sendForBytes);
    if (answer.bytes !== undefined) return answer.bytes;
    throw refusal("read", blob, answer);
  }

  /** A blob that a node made, or undefined where there is none. */
  async readOutput(blob: string): Promise<string | undefined> {
    const answer = await this.#call(blob, { method: "GET", url: blobUrl(this.#output, blob) });
    if (answer.status === 200) return answer.text;
    if (answer.status === 404) return undefined;
    throw refusal("read", blob, answer);
  }

  /** Creates a blob unless there is one of its name; says whether it did. */
  async create(
    blob: string,
    body: RequestBody,
    metadata: Readonly<Record<string, string>> = {},
  ): Promise<boolean> {
    const answer = await this.#call(blob, {
      method: "PUT",
      url: blobUrl(this.#output, blob),
      headers: {
        "x-ms-blob-type": "BlockBlob",
        "If-None-Match": "*",
        ...Object.fromEntries(Object.entries(metadata).map(([name, value]) => [`x-ms-meta-${name}`, value])),
      },
      body,
    });
    if (answer.status === 201) return true;
    if (answer.status === 409 || answer.status === 412) return false;
    // Where the SAS may create but not overwrite, an existing blob can also be a matter of authorization.
    if (answer.status === 403 && (await this.#exists(blob))) return false;
    throw refusal("create", blob, answer);
  }

  /** Stores a file under a name that nobody else uses, and gives its size. */
  async upload(blob: string, file: string): Promise<number> {
    const found = await stat(file);
    if (!found.isFile()) throw new StorageError("it is not a file");
    if (found.size > LARGEST_BLOB) throw new StorageError("it is larger than 5,000 MiB");
    const body = found.size === 0 ? "" : { file, size: found.size };
    // A blob that exists is what an earlier try stored before its answer was lost.
    await this.create(blob, body);
    return found.size;
  }

  /** Brings a blob that the client made into a file. */
  async download(blob: string, file: string): Promise<void> {
    const request: HttpRequest = { method: "GET", url: blobUrl(this.#input, blob) };
    const answer = await this.#call(blob, request, (signed) => download(signed, file));
    if (answer.status !== 200) throw refusal("read", blob, answer);
  }

  #requestOfRange(blob: string, offset: number, length: number): HttpRequest {
    return {
      method: "GET",
      url: blobUrl(this.#input, blob),
      headers: { "x-ms-range": `bytes=${offset}-${offset + length - 1}` },
    };
  }

  async #exists(blob: string): Promise<boolean> {
    const answer = await this.#call(blob, { method: "HEAD", url: blobUrl(this.#output, blob) });
    return answer.status === 200;
  }

  async #call(blob: string, request: HttpRequest, exchange = send): Promise<HttpAnswer> {
    try {
      return this.#authorize === undefined
        ? await exchange(request)
        : await signedIn(request, this.#authorize, exchange);
    } catch (cause) {
      throw noAnswer(blob, cause);
    }
  }
}

/** The service takes a token with a version that knows of tokens. */
const TOKEN_VERSION = { "x-ms-version": "2021-08-06" };

/** A token may end before its time: one that is refused is replaced, once. */
async function signedIn(
  request: HttpRequest,
  authorize: Authorize,
  exchange: (request: HttpRequest) => Promise<HttpAnswer>,
): Promise<HttpAnswer> {
  const attempt = async (refused?: string) => {
    const Authorization = await authorize(refused);
    const headers = { ...request.headers, ...TOKEN_VERSION, Authorization };
    return { Authorization, answer: await exchange({ ...request, headers }) };
  };
  const { Authorization, answer } = await attempt();
  return answer.status === 401 ? (await attempt(Authorization)).answer : answer;
}

function blobUrl(container: string, blob: string): URL {
  const url = new URL(container);
  url.pathname += `/${blob.split("/").map(encodeURIComponent).join("/")}`;
  return url;
}

function refusal(verb: string, blob: string, { status, errorCode }: HttpAnswer): StorageError {
  return new StorageError(`Blob Storage refused to ${verb} ${blob}: ${status} ${errorCode}`.trimEnd());
}

function noAnswer(blob: string, cause: unknown): StorageError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new StorageError(`Blob Storage gave no answer for ${blob}: ${reason}`);
}
