import { createHmac } from "node:crypto";

/** A request, as far as its signature goes. Names of headers are in lower case. */
export interface SignableRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Map<string, string>;
}

/** The headers that a signature covers by their place. */
const STANDARD_HEADERS = [
  "content-encoding",
  "content-language",
  "content-length",
  "content-md5",
  "content-type",
  "date",
  "if-modified-since",
  "if-match",
  "if-none-match",
  "if-unmodified-since",
  "range",
];

/**
 * Dates a request to Batch and signs it with an account's key, as the service documents it. The client library has the same
 * in it, and takes longer to load than a local engine to start.
 *
 * @see https://learn.microsoft.com/rest/api/batchservice/authenticate-requests-to-the-azure-batch-service
 */
export function signWithSharedKey(request: SignableRequest, account: string, key: Buffer): void {
  const { method, headers } = request;
  headers.set("ocp-date", new Date().toUTCString());
  const standard = STANDARD_HEADERS.map((name) => headers.get(name) ?? "");
  // A POST without a body says so.
  if (method === "POST" && !headers.has("content-length")) standard[2] = "0";
  const own = [...headers]
    .filter(([name]) => name.startsWith("ocp-"))
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `${name}:${value}`);
  const text = [method, ...standard, ...own, resource(request.url, account)].join("\n");
  const signature = createHmac("sha256", key).update(text, "utf8").digest("base64");
  headers.set("authorization", `SharedKey ${account}:${signature}`);
}

/** The account, the path as it is encoded, and each parameter of the query, decoded, in the order of their names. */
function resource(url: string, account: string): string {
  const { pathname, searchParams } = new URL(url);
  const parameters = [...searchParams]
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `\n${name}:${value}`);
  return `/${account}${pathname}${parameters.join("")}`;
}
