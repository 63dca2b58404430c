import { createServer, type Server as HttpServer } from "node:http";
import { Server } from "socket.io";
import type { errorStatus } from "../../shared/errors.ts";
import type { ClientEvents, Reply, ServerEvents } from "../../shared/protocol/socket.ts";
import { socketRequests } from "../../shared/protocol/socket.ts";
import { refuseBadTexts } from "../../shared/protocol/text.ts";
import type { JobService } from "../jobs/service.ts";
import type { LiveService } from "../live/service.ts";
import type { AnalysisService } from "../analysis/service.ts";
import type { Config } from "../config.ts";
import { Rate } from "../http/rate.ts";
import { toFailure } from "../http/reply.ts";
import type { Log } from "../log.ts";
import { liveSocketHandlers, tellLive } from "./live.ts";
import type { ClientSocket, Requests, SocketHandlers } from "./handlers.ts";

export interface Sockets extends AsyncDisposable {
  /** Upgrades that the guard admitted are emitted here. */
  readonly upgrades: HttpServer;
  readonly count: () => number;
  /** Says that there are other networks, or other defaults. */
  readonly modelsChanged: () => void;
}

/** Live events and requests over WebSocket; nothing falls back to polling. */
export function createSockets(
  service: AnalysisService,
  jobs: JobService,
  live: LiveService,
  config: Config,
  log: Log,
): Sockets {
  const { limits } = config;
  // Never listens: the guard stands between the network and this.
  const upgrades = createServer();
  const io = new Server<ClientEvents, ServerEvents>(upgrades, {
    transports: ["websocket"],
    serveClient: false,
    maxHttpBufferSize: limits.bodyBytes,
    perMessageDeflate: false,
    connectTimeout: 5000,
  });

  const watch = (id: string) => `analysis:${id}`;
  const handlers: SocketHandlers = {
    async "analysis:watch"(socket, { id }) {
      const analysis = await service.get(id);
      await socket.join(watch(id));
      return { analysis };
    },
    async "analysis:unwatch"(socket, { id }) {
      await socket.leave(watch(id));
      return {};
    },
    ...liveSocketHandlers(live, config),
  };

  io.on("connection", (socket) => {
    const rate = new Rate(limits.requestsPerSecond, limits.requestsBurst);
    socket.onAny((event: string, ...values: unknown[]) => {
      const reply = values.at(-1);
      void answer(socket, event, values[0], rate).then((answered) => {
        if (typeof reply === "function") (reply as (answered: Reply<object>) => void)(answered);
      });
    });
  });

  async function answer(
    socket: ClientSocket,
    event: string,
    value: unknown,
    rate: Rate,
  ): Promise<Reply<object>> {
    if (!rate.take()) return failed("too_many_requests", "Too many requests. Wait a moment.");
    if (!Object.hasOwn(socketRequests, event)) return failed("not_found", "There is no such request.");
    const name = event as keyof Requests;
    try {
      const { request, response } = socketRequests[name];
      refuseBadTexts(value);
      const handle = handlers[name] as (socket: ClientSocket, asked: unknown) => Promise<unknown>;
      return { ok: true, ...response.parse(await handle(socket, request.parse(value))) };
    } catch (error) {
      const { code, message } = toFailure(error, log);
      return failed(code, message);
    }
  }

  const stopTelling = tellLive(io, live);
  const unsubscribe = service.subscribe((event) => {
    if (event.kind === "changed") io.emit("analysis:changed", { analysis: event.analysis });
    else if (event.kind === "deleted") io.emit("analysis:deleted", { id: event.id });
    else {
      const { id, progress } = event;
      io.to(watch(id)).emit("analysis:progress", { id, progress });
    }
  });

  const stopTellingJobs = jobs.subscribe((news) => {
    if (news.kind === "changed") io.emit("job:changed", { job: news.job });
    else if (news.kind === "deleted") io.emit("job:deleted", { id: news.id });
    else io.emit("job:progress", { id: news.job.id, progress: news.progress });
  });

  return {
    upgrades,
    count: () => io.engine.clientsCount,
    modelsChanged: () => void io.emit("models:changed", {}),
    async [Symbol.asyncDispose]() {
      unsubscribe();
      stopTellingJobs();
      stopTelling();
      await io.close();
    },
  };
}

function failed(code: keyof typeof errorStatus, message: string): Reply<object> {
  return { ok: false, code, message };
}
