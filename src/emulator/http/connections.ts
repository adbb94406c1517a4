import type { Socket } from "node:net";
import type { FastifyInstance } from "fastify";

/**
 * Lets nothing that is open hold up the end of the server. Node ends the connections that speak HTTP by itself, but one
 * whose TLS handshake has not come to its end is none of these, and would be waited for.
 */
export function endConnectionsWithServer(app: FastifyInstance): void {
  const open = new Set<Socket>();
  let closing = false;
  app.server.on("connection", (socket: Socket) => {
    if (closing) socket.destroy();
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
  app.addHook("preClose", async () => {
    closing = true;
    for (const socket of open) socket.destroy();
  });
}
