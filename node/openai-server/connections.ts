/**
 * Keeps the number of connections down. Above the limit an old one is closed, and not the new one refused:
 * whoever opens thousands closes his own. First those that ask nothing, then those whose question is not
 * all there; one that is being answered stays.
 */
import type { Server } from "node:http";
import type { Socket } from "node:net";

export function limitConnections(server: Server, most: number): void {
  const open = new Set<Socket>();
  /** Both from the oldest on. */
  const silent = new Set<Socket>();
  const asking = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    open.add(socket);
    silent.add(socket);
    socket.on("close", () => {
      for (const set of [open, silent, asking]) set.delete(socket);
    });
    if (open.size <= most) return;
    const [oldest = socket] = silent.size > 1 ? silent : asking;
    oldest.destroy();
  });
  server.on("request", (request, response) => {
    const { socket } = request;
    silent.delete(socket);
    asking.add(socket);
    request.on("end", () => asking.delete(socket));
    response.on("close", () => {
      asking.delete(socket);
      if (open.has(socket)) silent.add(socket);
    });
  });
}
