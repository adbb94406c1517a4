import type { IncomingMessage } from "node:http";
import { http, https } from "follow-redirects";

/** An answer whose content is still to be read. */
export type HttpAnswer = IncomingMessage & { readonly statusCode: number };

const longestSilence = 300_000;

/**
 * Asks for what is at a URL, and follows where that leads on to. What is stored compressed comes compressed. Unlike this,
 * Node's own `fetch` takes longer to load than a node to prepare a task.
 */
export function httpGet(
  url: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const { get } = new URL(url).protocol === "https:" ? https : http;
  return new Promise((resolve, reject) => {
    const request = get(url, { headers: { ...headers }, signal, timeout: longestSilence }, (response) =>
      resolve(response as HttpAnswer),
    );
    request.on("timeout", () => request.destroy(new Error(`no answer for ${longestSilence / 1000} seconds`)));
    request.on("error", reject);
  });
}
