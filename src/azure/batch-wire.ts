import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { BatchServiceClient, BatchSharedKeyCredentials } from "@azure/batch";
import type { BatchAccount } from "./account.js";
import { cloudOf } from "./cloud.js";
import { tokenSource } from "./token-source.js";

/*
 * One request to the Batch service and its answer, through the client library's pipeline and signatures, but without
 * its models: those cut times to milliseconds, which a filter by `stateTransitionTime` needs in full, and its own
 * retries: those are in batch-requests.ts.
 */

export interface WireRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PATCH" | "DELETE";
  /** Path and query below the account's URL, encoded. */
  readonly target: string;
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

/** A request that was given up as nothing came for a while. */
export class NoAnswerError extends Error {
  readonly code = "ETIMEDOUT";
}

/** Longer than the 30 seconds that the service gives itself, in milliseconds. */
const LONGEST_SILENCE = 60_000;

/** Pooled connections: enough for the requests that may be in flight at once. */
const CONNECTIONS = { keepAlive: true, maxSockets: 64, maxFreeSockets: 32 };

type Sdk = typeof import("@azure/batch");
type SdkRequest = Parameters<BatchSharedKeyCredentials["signRequest"]>[0];
type SdkCall = Parameters<BatchServiceClient["sendRequest"]>[0];

export async function openBatchWire(account: BatchAccount): Promise<BatchWire> {
  const sdk = await loadSdk();
  const sign = signerOf(sdk, account);
  const agents = { http: new HttpAgent(CONNECTIONS), https: new HttpsAgent(CONNECTIONS) };
  const client = new sdk.BatchServiceClient({ signRequest: sign }, account.url, {
    requestPolicyFactories: [
      {
        create: (next) => ({
          sendRequest: async (request) => {
            request.agentSettings = agents;
            await sign(request as SdkRequest);
            return next.sendRequest(request);
          },
        }),
      },
    ],
  });
  return {
    send: (request, signal) => exchange(client, account.url, request, signal),
    close: () => {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

/** It is CommonJS: what Node.js makes of it as a module has its names in `default` alone, what a bundler makes has not. */
async function loadSdk(): Promise<Sdk> {
  const module = (await import("@azure/batch")) as Sdk & { default?: Sdk };
  return module.default ?? module;
}

type Sign = BatchSharedKeyCredentials["signRequest"];

function signerOf(sdk: Sdk, account: BatchAccount): Sign {
  if ("key" in account) {
    const credentials = new sdk.BatchSharedKeyCredentials(account.name, account.key);
    return (request) => credentials.signRequest(request);
  }
  const token = tokenSource(account.credential, cloudOf(account.url).batchScope);
  return async (request) => {
    request.headers.set("Authorization", `Bearer ${await token()}`);
    return request;
  };
}

async function exchange(
  client: BatchServiceClient,
  url: string,
  request: WireRequest,
  signal: AbortSignal | undefined,
): Promise<WireAnswer> {
  signal?.throwIfAborted();
  const attempt = new AbortController();
  const abort = () => attempt.abort();
  signal?.addEventListener("abort", abort, { once: true });
  const silence = setTimeout(abort, LONGEST_SILENCE);
  try {
    const response = await client.sendRequest({
      method: request.method,
      url: `${url}${request.target}${request.target.includes("?") ? "&" : "?"}api-version=${client.apiVersion}`,
      headers: {
        "User-Agent": "azure-batch-parallel",
        "Content-Type": "application/json; odata=minimalmetadata",
        ...request.headers,
      },
      body: request.body,
      disableJsonStringifyOnBody: true,
      disableClientRequestId: true,
      abortSignal: attempt.signal as SdkCall["abortSignal"],
      streamResponseBody: true,
    });
    const chunks: Buffer[] = [];
    for await (const chunk of response.readableStreamBody ?? []) {
      silence.refresh();
      chunks.push(chunk as Buffer);
    }
    return { status: response.status, headers: response.headers, body: Buffer.concat(chunks) };
  } catch (error) {
    signal?.throwIfAborted();
    if (attempt.signal.aborted) throw new NoAnswerError(`no answer for ${LONGEST_SILENCE / 1000} seconds`);
    throw error;
  } finally {
    clearTimeout(silence);
    signal?.removeEventListener("abort", abort);
  }
}
