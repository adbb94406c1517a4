import { connect } from "node:net";
import type { SignedClient } from "./signed-client.js";

/** Sends bytes as they are, and gives back all that comes until the connection is closed. */
export function sendBytes(url: string, bytes: string | Buffer): Promise<string> {
  const { port, hostname } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    const chunks: Buffer[] = [];
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.on("error", () => {});
    socket.once("close", () => resolve(Buffer.concat(chunks).toString("utf8")));
    socket.write(bytes);
  });
}

/** The head of a signed request that no HTTP client would send. */
export function requestHead(
  client: SignedClient,
  method: string,
  path: string,
  host: string,
  headers: Record<string, string> = {},
  query: Record<string, string> = {},
): string {
  const url = client.urlOf(path, { query });
  const signed = client.signedHeaders(method, url, {});
  const lines = Object.entries({ host, ...signed, ...headers, connection: "close" }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  return `${method} ${url.pathname}${url.search} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`;
}
