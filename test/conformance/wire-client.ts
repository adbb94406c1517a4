import { request } from "node:http";
import type { Emulator } from "../../src/emulator/index.js";
import { SignedClient } from "../emulator/support/signed-client.js";
import type { Json } from "./json.js";

export interface WireAnswer {
  status: number;
  /** As they came, names in lower case. */
  headers: Record<string, string>;
  /** The parsed JSON, the text of anything else, or null where there is nothing. */
  body: Json;
}

/** Sends one signed request and keeps all of the answer's headers, those too that `fetch` would take for itself. */
export function send(
  emulator: Pick<Emulator, "batchUrl" | "accountName" | "accountKey">,
  method: string,
  pathAndQuery: string,
  body?: Json,
): Promise<WireAnswer> {
  const url = new URL(emulator.batchUrl + pathAndQuery);
  const headers = new SignedClient(emulator).signedHeaders(method, url, { body, date: new Date(Date.now()) });
  const text = body === undefined ? "" : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const outgoing = request(url, {
      method,
      headers: { ...headers, "content-length": String(Buffer.byteLength(text)) },
    });
    outgoing.once("error", reject);
    outgoing.once("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("error", reject);
      response.once("end", () => {
        const content = Buffer.concat(chunks).toString("utf8");
        const isJson = response.headers["content-type"]?.startsWith("application/json") ?? false;
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers as Record<string, string>,
          body: content === "" ? null : isJson ? (JSON.parse(content) as Json) : content,
        });
      });
    });
    outgoing.end(text);
  });
}
