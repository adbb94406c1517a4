import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  /** Milliseconds on a clock that only goes forward. */
  readonly at: number;
}

/** Answers the n-th request (from 0). Ending the socket instead is an answer that is lost. */
export type Answerer = (request: SeenRequest, response: ServerResponse, n: number) => void | Promise<void>;

/** A server that answers as a test wants, for what the emulator never does: to be too busy, to fail, to vanish. */
export async function startScriptedServer(answer: Answerer) {
  const requests: SeenRequest[] = [];
  const server = createServer(async (incoming, response) => {
    const request = {
      method: incoming.method ?? "",
      url: incoming.url ?? "",
      headers: incoming.headers,
      body: await text(incoming),
      at: performance.now(),
    };
    requests.push(request);
    await answer(request, response, requests.length - 1);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function reply(
  response: ServerResponse,
  status: number,
  body: object | undefined = undefined,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { "Content-Type": "application/json;odata=minimalmetadata", ...headers });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

/** A refusal in the service's form. */
export function refuse(
  response: ServerResponse,
  status: number,
  code: string,
  { message = "No.", values, headers }: RefusalParts = {},
): void {
  const value = `${message}\nRequestId:11111111-2222-3333-4444-555555555555\nTime:2026-01-01T00:00:00.0000000Z`;
  reply(
    response,
    status,
    { code, message: { lang: "en-US", value }, values },
    { "request-id": "rid", ...headers },
  );
}

interface RefusalParts {
  readonly message?: string;
  readonly values?: readonly { key: string; value: string }[];
  readonly headers?: Record<string, string>;
}
