import type { Socket } from "socket.io";
import type * as z from "zod";
import type { ClientEvents, ServerEvents, socketRequests } from "../../shared/protocol/socket.ts";

export type Requests = typeof socketRequests;
export type ClientSocket = Socket<ClientEvents, ServerEvents>;
export type SocketHandlers = {
  readonly [Name in keyof Requests]: (
    socket: ClientSocket,
    request: z.output<Requests[Name]["request"]>,
  ) => Promise<z.input<Requests[Name]["response"]>>;
};
