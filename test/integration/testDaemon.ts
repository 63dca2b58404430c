import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Runner } from "../../daemon/analysis/kind.ts";
import type { ConfigInput } from "../../daemon/config.ts";
import { createLog } from "../../daemon/log.ts";
import { startDaemon, type Daemon } from "../../daemon/server.ts";
import { AppError } from "../../shared/errors.ts";
import { Caller } from "../../shared/protocol/caller.ts";
import { toHttp, type Endpoint, type Route } from "../../shared/protocol/endpoint.ts";
import type * as z from "zod";
import { makePlace, type databases, type Place } from "./databases.ts";

export interface TestDaemon extends AsyncDisposable {
  readonly daemon: Daemon;
  readonly place: Place;
  /** A granted folder with `clip.mp4` in it. */
  readonly clips: string;
  /** What was logged. */
  readonly lines: string[];
  /** Calls with the token; the body is the parsed JSON. */
  call<Q extends z.ZodObject, R extends z.ZodType>(
    endpoint: Endpoint<Q, R>,
    request: z.input<Q>,
  ): Promise<z.output<R>>;
  /** A raw request without any credentials but those given. */
  ask(path: string, init?: RequestInit): Promise<Response>;
}

/** A run that ends at once; its one result file says what was asked. */
export const quickRun: Runner = async (request, { onProgress }) => {
  onProgress({ timeMs: 1000, durationMs: 1000, frames: 25, framesPerSecond: 100 });
  await writeFile(path.join(request.outDir, "asked.json"), JSON.stringify(request));
};

/** A run that goes on until it is aborted. */
export const endlessRun: Runner = async (request, { signal, onProgress }) => {
  await writeFile(path.join(request.outDir, "frames.jsonl.part"), "half");
  onProgress({ timeMs: 1, durationMs: 1000, frames: 1, framesPerSecond: 1 });
  signal.throwIfAborted();
  await new Promise((_, reject) =>
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true }),
  );
};

export async function startTestDaemon({
  run = quickRun,
  config = {},
  place,
}: { run?: Runner; config?: Partial<ConfigInput>; place?: Place } = {}): Promise<TestDaemon> {
  const where = place ?? (await makePlace());
  const clips = path.join(where.dataDir, "clips");
  await mkdir(clips, { recursive: true });
  await writeFile(path.join(clips, "clip.mp4"), Buffer.alloc(1000, 7));
  const lines: string[] = [];
  const log = createLog("debug", (line) => lines.push(line));
  const daemon = await startDaemon(where.config({ roots: [clips], ...config }), run, log);
  const ask = (target: string, init: RequestInit = {}) => fetch(daemon.url + target, init);
  return {
    daemon,
    place: where,
    clips,
    lines,
    ask,
    call: (endpoint, request) => callerOf(ask, daemon.token.reveal()).call(endpoint, request),
    async [Symbol.asyncDispose]() {
      await daemon[Symbol.asyncDispose]();
      if (place === undefined) await where[Symbol.asyncDispose]();
    },
  };
}

/**
 * Gives `use` a daemon on `database` for the tests of a suite. A test that stopped it starts the next one in the same place
 * with the function that is returned.
 */
export function daemonOfSuite(
  { make }: (typeof databases)[number],
  run: Runner,
  use: (test: TestDaemon) => void,
): () => Promise<void> {
  let place: Place;
  let test: TestDaemon;
  const start = async (): Promise<void> => {
    test = await startTestDaemon({ place, run });
    use(test);
  };
  before(async function () {
    this.timeout(180_000);
    place = await make();
    await start();
  });
  after(async () => {
    await test[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });
  return start;
}

/** Calls with the token. A refusal has the `status` of its reply beside its code. */
function callerOf(ask: TestDaemon["ask"], token: string): Pick<TestDaemon, "call"> {
  return {
    async call(endpoint, request) {
      let status = 0;
      const caller = new Caller<Response, AbortSignal>({
        send: async (target, { headers, ...init }) => {
          const reply = await ask(target, {
            ...init,
            headers: { ...headers, authorization: `Bearer ${token}` },
          });
          status = reply.status;
          return reply;
        },
      });
      return caller.call(endpoint, request).catch((error: unknown) => {
        if (!(error instanceof AppError)) throw error;
        const { code, message } = error;
        throw Object.assign(error, { status, body: { code, message } });
      });
    },
  };
}

/** Path and init of a call, as `fetch` wants them. */
export function withToken<Q extends z.ZodObject>(
  route: Route & { request: Q },
  request: z.input<Q>,
  token: string,
): [string, RequestInit] {
  const { method, path: target, body } = toHttp(route, request);
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  return [target, { method, headers, ...(body !== undefined && { body }) }];
}
