import { createHmac } from "node:crypto";
import type { Emulator } from "../../../src/emulator/index.js";

export interface TestRequest {
  query?: Record<string, string>;
  body?: unknown;
  headers?: Record<string, string>;
  apiVersion?: string;
  scheme?: "SharedKey" | "SharedKeyLite";
  date?: Date;
  /** A token of Microsoft Entra ID, in the place of a signature. */
  token?: string;
}

export interface TestAnswer {
  status: number;
  headers: Headers;
  text: string;
  /** The parsed body; an empty object when there is none. */
  json: TestJson;
}

export type TestJson = Record<string, unknown>;

/** What JSON holds at a path; `undefined` where the path ends early. */
export function at(json: unknown, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>(
    (value, name) => (value as Record<string | number, unknown> | undefined)?.[name],
    json,
  );
}

/** A Batch client of a few lines, written from the service's documentation, for requests that no SDK would send. */
export class SignedClient {
  readonly url: string;

  constructor(private readonly emulator: Pick<Emulator, "batchUrl" | "accountName" | "accountKey">) {
    this.url = emulator.batchUrl;
  }

  get(path: string, query: Record<string, string> = {}): Promise<TestAnswer> {
    return this.send("GET", path, { query });
  }

  post(path: string, body?: unknown): Promise<TestAnswer> {
    return this.send("POST", path, { body });
  }

  delete(path: string): Promise<TestAnswer> {
    return this.send("DELETE", path);
  }

  async send(method: string, path: string, request: TestRequest = {}): Promise<TestAnswer> {
    const url = this.urlOf(path, request);
    const headers = this.signedHeaders(method, url, request);
    const body = bodyContent(request.body);
    const response = await fetch(url, { method, headers, ...(body === undefined ? {} : { body }) });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.startsWith("application/json") && text !== "";
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: (isJson ? JSON.parse(text) : {}) as TestJson,
    };
  }

  urlOf(path: string, request: TestRequest): URL {
    const url = new URL(`${this.url}${path}`);
    url.searchParams.set("api-version", request.apiVersion ?? "2022-10-01.16.0");
    for (const [name, value] of Object.entries(request.query ?? {})) url.searchParams.set(name, value);
    return url;
  }

  signedHeaders(method: string, url: URL, request: TestRequest): Record<string, string> {
    const body = bodyContent(request.body);
    const headers: Record<string, string> = { "ocp-date": (request.date ?? new Date()).toUTCString() };
    if (body !== undefined) headers["content-type"] = "application/json; odata=minimalmetadata";
    for (const [name, value] of Object.entries(request.headers ?? {})) headers[name.toLowerCase()] = value;
    if (request.token !== undefined) return { ...headers, authorization: `Bearer ${request.token}` };
    const scheme = request.scheme ?? "SharedKey";
    const length = body === undefined ? (method === "POST" ? "0" : "") : String(Buffer.byteLength(body));
    const lines =
      scheme === "SharedKey"
        ? [
            headers["content-encoding"],
            headers["content-language"],
            length,
            headers["content-md5"],
            headers["content-type"],
            headers.date,
            headers["if-modified-since"],
            headers["if-match"],
            headers["if-none-match"],
            headers["if-unmodified-since"],
            headers.range,
          ]
        : [headers["content-md5"], headers["content-type"], headers.date];
    const ocp = Object.keys(headers)
      .filter((name) => name.startsWith("ocp-"))
      .sort()
      .map((name) => `${name}:${headers[name]}\n`)
      .join("");
    const query = [...url.searchParams]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => `\n${name.toLowerCase()}:${value}`)
      .join("");
    const resource = `/${this.emulator.accountName}${url.pathname}${query}`;
    const text = `${[method, ...lines.map((line) => line ?? "")].join("\n")}\n${ocp}${resource}`;
    const key = Buffer.from(this.emulator.accountKey, "base64");
    const signature = createHmac("sha256", key).update(text, "utf8").digest("base64");
    headers.authorization = `${scheme} ${this.emulator.accountName}:${signature}`;
    return headers;
  }
}

function bodyContent(body: unknown): string | Buffer<ArrayBuffer> | undefined {
  if (body === undefined) return undefined;
  if (Buffer.isBuffer(body)) return Buffer.from(body);
  return typeof body === "string" ? body : JSON.stringify(body);
}
