import type { Server } from "socket.io";
import { packHead } from "../../shared/avatar/packHead.ts";
import type { ClientEvents, ServerEvents } from "../../shared/protocol/socket.ts";
import { findAvatar, openHead } from "../avatar/library.ts";
import type { ModelFolders } from "../inference/manifest.ts";
import type { LiveNews, LiveService } from "../live/service.ts";
import type { ClientSocket, SocketHandlers } from "./handlers.ts";

type LiveRequests = Extract<keyof SocketHandlers, `live:${string}`>;
type Emitted = {
  [Name in keyof ServerEvents]: [Name, Parameters<ServerEvents[Name]>[0]];
}[keyof ServerEvents];

/** Packets that may wait for a socket before it misses pictures and results. */
const maxWaiting = 8;
const figuresEveryMs = 1000;
const roomPrefix = "live:";

/** Requests about live sessions. */
export function liveSocketHandlers(
  live: LiveService,
  folders: ModelFolders,
): Pick<SocketHandlers, LiveRequests> {
  return {
    async "live:watch"(socket, { id }) {
      const session = live.get(id);
      await socket.join(roomPrefix + id);
      return { session };
    },
    async "live:unwatch"(socket, { id }) {
      await socket.leave(roomPrefix + id);
      return {};
    },
    async "live:head"(_socket, { id, name }) {
      live.get(id);
      return packHead(await openHead(await findAvatar(folders, name)));
    },
    async "live:push-video"(socket, { id, timeMs, jpeg }) {
      return { dropped: await live.session(id).pushVideo(socket.id, timeMs, toBytes(jpeg)) };
    },
    async "live:push-audio"(socket, { id, timeMs, sampleRateHz, pcm }) {
      await live.session(id).pushAudio(socket.id, timeMs, sampleRateHz, toBytes(pcm));
      return {};
    },
    async "live:push-recording"(socket, { id, chunk, ...piece }) {
      const next = await live.session(id).pushRecording(socket.id, { ...piece, chunk: toBytes(chunk) });
      return { next };
    },
    "live:segment"(_socket, { id, ...segment }) {
      live.session(id).segment(segment);
      return Promise.resolve({});
    },
    async "live:end"(_socket, { id }) {
      return { session: await live.stop(id) };
    },
    async "live:say"(_socket, { id, text, language }) {
      live.get(id);
      const { say } = await import("../playback/say.ts");
      return { spoken: await say(text, language) };
    },
  };
}

/** Tells sockets what happens in live sessions. Returns what ends it. */
export function tellLive(io: Server<ClientEvents, ServerEvents>, live: LiveService): () => void {
  const waiting = new WeakMap<ClientSocket, number>();
  io.on("connection", (socket) => {
    // What was written since the connection last took something waits.
    socket.conn.on("packetCreate", () => waiting.set(socket, (waiting.get(socket) ?? 0) + 1));
    socket.conn.on("flush", () => waiting.set(socket, 0));
    socket.on("disconnect", () => live.left(socket.id));
  });
  const looking = (room: string, watched: boolean) => {
    const id = room.slice(roomPrefix.length);
    if (room.startsWith(roomPrefix) && live.list().some((session) => session.id === id))
      live.session(id).watch(watched);
  };
  const { adapter } = io.of("/");
  adapter.on("create-room", (room: string) => looking(room, true));
  adapter.on("delete-room", (room: string) => looking(room, false));

  const watchers = (id: string): ClientSocket[] =>
    [...(adapter.rooms.get(roomPrefix + id) ?? [])].flatMap((socket) => io.of("/").sockets.get(socket) ?? []);
  const unsubscribe = live.subscribe((news) => {
    if (news.kind !== "event") {
      io.emit("live:state", { session: live.get(news.id) });
      return;
    }
    const emitted = toEmitted(news);
    if (emitted === undefined) return;
    const [name, payload] = emitted;
    const own = name === "live:preview" || name === "live:sound" ? live.session(news.id).owner : undefined;
    const mayMiss = name !== "live:speech" && name !== "live:fused" && name !== "live:events";
    for (const socket of watchers(news.id)) {
      if (socket.id === own || (mayMiss && (waiting.get(socket) ?? 0) > maxWaiting)) continue;
      // The pair belongs together, which the type of `emit` cannot say.
      (socket.emit as (name: string, payload: unknown) => boolean).call(socket, name, payload);
    }
  });
  const figures = setInterval(() => {
    for (const session of live.list())
      if (session.state === "running")
        for (const socket of watchers(session.id)) socket.emit("live:state", { session });
  }, figuresEveryMs);
  return () => {
    clearInterval(figures);
    unsubscribe();
  };
}

/** The event of the protocol for what a run tells. */
function toEmitted({ id, event, latencyMs }: LiveNews & { kind: "event" }): Emitted | undefined {
  switch (event.kind) {
    case "frame": {
      const { line, arrivedAt, counts } = event;
      return ["live:frame", { id, line, capturedAtMs: arrivedAt, latencyMs, dropped: counts.dropped }];
    }
    case "preview":
      return ["live:preview", { id, timeMs: event.timeMs, jpeg: event.jpeg }];
    case "face-view": {
      const { timeMs, track, jpeg, moved } = event;
      return ["live:face-view", { id, timeMs, track, jpeg, ...(moved && { moved }) }];
    }
    case "sound": {
      const { timeMs, sampleRateHz, pcm } = event;
      return ["live:sound", { id, timeMs, sampleRateHz, pcm }];
    }
    case "speech":
      return ["live:speech", { id, line: event.line }];
    case "fused":
      return ["live:fused", { id, line: event.line }];
    case "events":
      return ["live:events", { id, events: [...event.events] }];
    default:
      return undefined;
  }
}

/** Socket.IO gives a Buffer for what a browser sends. */
function toBytes(data: Uint8Array | ArrayBuffer): Uint8Array {
  return data instanceof Uint8Array ? data : new Uint8Array(data);
}
