import { createReadStream, createWriteStream } from "node:fs";
import type { Agent, IncomingMessage } from "node:http";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";

/*
 * A small HTTP client: the built-in `fetch` takes longer to load than many a task to run. It tries again what a later
 * try can mend.
 */

/** A request's body: text, or a whole file. */
export type RequestBody = string | { readonly file: string; readonly size: number };

/** A request that may be repeated. */
export interface HttpRequest {
  readonly method: "GET" | "HEAD" | "PUT";
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: RequestBody;
}

/** An answer that no further try would change. */
export interface HttpAnswer {
  readonly status: number;
  /** The service's code of an error, such as `BlobNotFound`. */
  readonly errorCode: string;
  readonly text: string;
  /** In the place of the text, what {@link sendForBytes} asked for. */
  readonly bytes?: Buffer | undefined;
  /** Where a redirection leads. */
  readonly location?: string | undefined;
}

const TRIES = 9;
const FIRST_DELAY = 250;
const LONGEST_DELAY = 20_000;
/** Whatever the service asks for. */
const LONGEST_WAIT = 60_000;
const IDLE_TIMEOUT = 60_000;

type Transport = Pick<typeof import("node:http"), "request" | "Agent">;

const agents = new Map<string, Agent>();

/** The module for a URL; the other one is not loaded. */
function transportOf(url: URL): Transport {
  return url.protocol === "https:"
    ? process.getBuiltinModule("node:https")
    : process.getBuiltinModule("node:http");
}

function agentOf(url: URL, { Agent }: Transport): Agent {
  let agent = agents.get(url.protocol);
  if (agent === undefined) {
    agent = new Agent({ keepAlive: true, maxSockets: 16 });
    agents.set(url.protocol, agent);
  }
  return agent;
}

/** Sends a request until an answer is final. Rejects where none came. */
export async function send(request: HttpRequest): Promise<HttpAnswer> {
  return tryAgain(request, async (response) => answer(response, await readText(response)));
}

/** As {@link send}, for a part of what is there: the answer's text is empty where that succeeded, and it has bytes. */
export async function sendForBytes(request: HttpRequest): Promise<HttpAnswer> {
  return tryAgain(request, async (response) => {
    if (response.statusCode !== 206) return answer(response, await readText(response));
    const bytes = await readBytes(response);
    return { ...answer(response, ""), bytes };
  });
}

/** Downloads what a request answers into a file. The answer's text is empty where that succeeded. */
export async function download(request: HttpRequest, file: string): Promise<HttpAnswer> {
  return tryAgain(request, async (response) => {
    if (response.statusCode !== 200) return answer(response, await readText(response));
    await pipeline(response, createWriteStream(file));
    return answer(response, "");
  });
}

async function tryAgain(
  request: HttpRequest,
  receive: (response: IncomingMessage) => Promise<HttpAnswer>,
): Promise<HttpAnswer> {
  for (let failed = 1; ; failed++) {
    let retryAfter = 0;
    try {
      const response = await exchange(request);
      const received = await receive(response);
      if (!isTransient(received.status) || failed === TRIES) return received;
      retryAfter = Number(response.headers["retry-after"]) * 1000 || 0;
    } catch (error) {
      if (failed === TRIES) throw error;
    }
    const delay = Math.min(FIRST_DELAY * 2 ** (failed - 1), LONGEST_DELAY) * (0.5 + Math.random());
    await sleep(Math.min(Math.max(retryAfter, delay), LONGEST_WAIT));
  }
}

function isTransient(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

/** One try: resolves with the answer's head. */
function exchange({ method, url, headers, body }: HttpRequest): Promise<IncomingMessage> {
  const transport = transportOf(url);
  return new Promise((resolve, reject) => {
    const request = transport.request(url, {
      method,
      agent: agentOf(url, transport),
      headers: { ...headers, ...(body === undefined ? {} : { "Content-Length": bodySize(body) }) },
    });
    request.setTimeout(IDLE_TIMEOUT, () => request.destroy(new Error("The connection was idle too long.")));
    request.once("response", resolve);
    // Also after the answer: a refusal may come before the whole body went.
    request.on("error", reject);
    if (body === undefined || typeof body === "string") request.end(body);
    else pipeline(createReadStream(body.file, { end: Math.max(0, body.size - 1) }), request).catch(reject);
  });
}

function bodySize(body: RequestBody): number {
  return typeof body === "string" ? Buffer.byteLength(body) : body.size;
}

async function readText(response: IncomingMessage): Promise<string> {
  return (await readBytes(response)).toString("utf8");
}

/** By its events: the asynchronous iterator takes longer to load than an answer to come. */
function readBytes(response: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    response.on("data", (piece: Buffer) => pieces.push(piece));
    response.once("end", () => resolve(Buffer.concat(pieces)));
    response.once("error", reject);
  });
}

function answer(response: IncomingMessage, text: string): HttpAnswer {
  const errorCode = response.headers["x-ms-error-code"];
  return {
    status: response.statusCode ?? 0,
    errorCode: typeof errorCode === "string" ? errorCode : "",
    text,
    location: response.headers.location,
  };
}
