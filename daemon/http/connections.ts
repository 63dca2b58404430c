import type { Server } from "node:http";
import type { Socket } from "node:net";

/** How many more may be open for a moment, while the one that has to go is closed. */
const margin = 16;

/**
 * Holds a server to `most` connections. One more than that closes the oldest of those on which nobody that we know has asked
 * for anything yet, so that sockets which a stranger leaves open do not keep the user out; where all are known, the new one goes.
 */
export function limitConnections(server: Server, most: number): { know(socket: Socket): void } {
  const strangers = new Set<Socket>();
  let open = 0;
  server.maxConnections = most + margin;
  server.on("connection", (socket: Socket) => {
    open++;
    strangers.add(socket);
    socket.once("close", () => {
      open--;
      strangers.delete(socket);
    });
    if (open <= most) return;
    const [oldest] = strangers;
    oldest?.destroy();
  });
  return { know: (socket) => void strangers.delete(socket) };
}
