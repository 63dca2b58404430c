import assert from "node:assert/strict";
import { io, type Socket } from "socket.io-client";
import { getLive, startLive, type LiveSession } from "../../../shared/protocol/live.ts";
import type {
  ClientEvents,
  Reply,
  ServerEvents,
  serverEvents,
  socketRequests,
} from "../../../shared/protocol/socket.ts";
import type * as z from "zod";
import { type TestDaemon } from "../testDaemon.ts";
import { until } from "../../support/until.ts";

type Requests = typeof socketRequests;
type LiveName = Extract<keyof ServerEvents, `live:${string}`>;
type Payload<Name extends LiveName> = z.output<(typeof serverEvents)[Name]>;

/** A socket of a test, which keeps what it hears of live sessions. */
export class LiveClient implements AsyncDisposable {
  readonly socket: Socket<ServerEvents, ClientEvents>;
  readonly heard: { [Name in LiveName]: Payload<Name>[] } = {
    "live:state": [],
    "live:frame": [],
    "live:preview": [],
    "live:face-view": [],
    "live:sound": [],
    "live:speech": [],
    "live:fused": [],
    "live:events": [],
  };

  constructor(url: string, token: string) {
    this.socket = io(url, {
      transports: ["websocket"],
      reconnection: false,
      extraHeaders: { authorization: `Bearer ${token}`, origin: url },
    });
    this.socket.onAny((name: string, payload: unknown) => {
      if (name in this.heard) (this.heard[name as LiveName] as unknown[]).push(payload);
    });
  }

  /** Asks, and fails with the daemon's code where it refuses. */
  async ask<Name extends keyof Requests>(
    name: Name,
    request: z.input<Requests[Name]["request"]>,
  ): Promise<z.output<Requests[Name]["response"]>> {
    const answer = await this.refused(name, request);
    assert.ok(answer.ok, JSON.stringify(answer));
    return answer as unknown as z.output<Requests[Name]["response"]>;
  }

  /** The answer as it is. */
  async refused(name: keyof Requests, request: object): Promise<Reply<object>> {
    const socket = this.socket as unknown as {
      timeout(ms: number): { emitWithAck(name: string, value: object): Promise<Reply<object>> };
    };
    return await socket.timeout(30_000).emitWithAck(name, request);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.socket.disconnect();
    return Promise.resolve();
  }
}

export function connect({ daemon }: TestDaemon): LiveClient {
  return new LiveClient(daemon.url, daemon.token.reveal());
}

/** Starts a session and watches it from its first frame on. */
export async function startWatched(
  test: TestDaemon,
  client: LiveClient,
  request: z.input<typeof startLive.request>,
): Promise<LiveSession> {
  const { session } = await test.call(startLive, request);
  await client.ask("live:watch", { id: session.id });
  return session;
}

/** Waits until the session is over. */
export async function ended(test: TestDaemon, id: string): Promise<LiveSession> {
  const look = async () => (await test.call(getLive, { id })).session;
  await until(async () => ["stopped", "failed"].includes((await look()).state), 90_000);
  return await look();
}
