import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface MetadataService {
  readonly url: string;
  /** The query of each request for a token. */
  readonly asked: URLSearchParams[];
  close(): Promise<void>;
}

/**
 * What a virtual machine has at 169.254.169.254, as far as tokens go. `answers` are given in turn, the last one for ever:
 * a status to refuse with, or how many seconds a token lives.
 */
export async function startMetadataService(
  token: () => Promise<string>,
  answers: readonly ({ refuse: number } | { lives: number })[] = [{ lives: 86_400 }],
): Promise<MetadataService> {
  const asked: URLSearchParams[] = [];
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://stub");
    const known = pathname === "/metadata/identity/oauth2/token" && request.headers.metadata === "true";
    asked.push(searchParams);
    const answer = known ? answers[Math.min(asked.length, answers.length) - 1] : { refuse: 400 };
    if (answer === undefined || "refuse" in answer) {
      response.writeHead(answer?.refuse ?? 500).end('{"error":"identity_not_found"}');
      return;
    }
    const expires = String(Math.floor(Date.now() / 1000) + answer.lives);
    response.writeHead(200, { "content-type": "application/json" }).end(
      JSON.stringify({
        access_token: await token(),
        expires_in: String(answer.lives),
        expires_on: expires,
        resource: searchParams.get("resource"),
        token_type: "Bearer",
      }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
