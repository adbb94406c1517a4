import { type ClientRequest, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { BatchAccount } from "./account.js";
import { cloudOf } from "./cloud.js";
import { type ProxyChoice, pooledAgents } from "./proxy.js";
import { type SignableRequest, signWithSharedKey } from "./shared-key.js";
import { tokenSource } from "./token-source.js";

/*
 * One request to the Batch service and its answer, without the client library's operations:
 * their models cut times to milliseconds, which a filter by `stateTransitionTime` needs in full, they look up whom to
 * ask for a token in the wrong place, and their HTTP client waits for ever for the rest of an answer that broke off.
 */

/** How requests travel. */
export interface WireOptions {
  /** The service's version, as it is sent with each request. */
  readonly apiVersion: string;
  readonly proxy: ProxyChoice;
}

export interface WireRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path and query below the account's URL, encoded. */
  readonly target: string;
  /** By names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface WireAnswer {
  readonly status: number;
  readonly headers: { get(name: string): string | undefined };
  readonly body: Buffer;
}

export interface BatchWire {
  send(request: WireRequest, signal: AbortSignal | undefined): Promise<WireAnswer>;
  close(): void;
}

/** Longer than the 30 seconds that the service gives itself, in milliseconds. */
const LONGEST_SILENCE = 60_000;

/** Pooled connections: as many as requests may be in flight at once, kept between them. */
const CONNECTIONS = { keepAlive: true, maxSockets: 256, maxFreeSockets: 256 };

export function openBatchWire(account: BatchAccount, { apiVersion, proxy }: WireOptions): BatchWire {
  const sign = signerOf(account);
  const agents = pooledAgents(proxy, CONNECTIONS);
  const open = account.url.startsWith("https:") ? httpsRequest : httpRequest;
  return {
    async send({ method, target, body, headers: own }, signal) {
      signal?.throwIfAborted();
      const url = `${account.url}${target}${target.includes("?") ? "&" : "?"}api-version=${apiVersion}`;
      const agent = agents.of(url);
      const headers = new Map(Object.entries({ ...USUAL_HEADERS, ...own }));
      if (body !== undefined) headers.set("content-length", String(Buffer.byteLength(body)));
      const send = async (refused?: string) => {
        await sign({ method, url, headers }, refused);
        return exchange(open(url, { method, headers: Object.fromEntries(headers), agent, signal }), body);
      };
      const answer = await send();
      // A token may end before its time: it was revoked, or this computer's clock is off.
      const again = answer.status === 401 && "credential" in account;
      return again ? send(headers.get("authorization")) : answer;
    },
    close: () => agents.close(),
  };
}

const USUAL_HEADERS = {
  "user-agent": "azure-batch-parallel",
  "content-type": "application/json; odata=minimalmetadata",
};

/** Signs a request; by other means than an `authorization` that was refused, if there are any. */
type Sign = (request: SignableRequest, refused?: string) => Promise<void>;

function signerOf(account: BatchAccount): Sign {
  if ("key" in account) {
    const key = Buffer.from(account.key, "base64");
    return async (request) => signWithSharedKey(request, account.name, key);
  }
  const token = tokenSource(account.credential, cloudOf(account.url).batchScope);
  return async ({ headers }, refused) => {
    headers.set("authorization", `Bearer ${await token(refused?.replace("Bearer ", ""))}`);
  };
}

function exchange(request: ClientRequest, body: string | undefined): Promise<WireAnswer> {
  return new Promise((resolve, reject) => {
    request.on("error", reject);
    request.setTimeout(LONGEST_SILENCE, () => {
      const silence = new Error(`no answer for ${LONGEST_SILENCE / 1000} seconds`);
      request.destroy(Object.assign(silence, { code: "ETIMEDOUT" }));
    });
    request.on("response", async (response) => {
      try {
        const chunks: Buffer[] = [];
        for await (const chunk of response) chunks.push(chunk);
        const get = (name: string) => response.headers[name]?.toString();
        resolve({ status: response.statusCode as number, headers: { get }, body: Buffer.concat(chunks) });
      } catch (error) {
        reject(error);
      }
    });
    request.end(body);
  });
}
