import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface AnyStorage {
  readonly url: string;
  close(): Promise<void>;
}

/** A server that takes every blob and gives one for every name, for tasks whose files the recordings do not hold. */
export async function startStorage(): Promise<AnyStorage> {
  const server = createServer((request, response) => {
    request.resume();
    request.once("end", () => {
      if (request.method === "PUT") response.writeHead(201).end();
      else response.writeHead(200, { "content-type": "text/plain" }).end("content\n");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
