import type * as z from "zod";
import { AppError } from "../../shared/errors.ts";
import { Caller } from "../../shared/protocol/caller.ts";
import type { Endpoint, FileEndpoint } from "../../shared/protocol/endpoint.ts";
import { endpoints } from "../../shared/protocol/endpoints.ts";
import type { Config } from "../config.ts";
import type { SecretDiscovery } from "../http/discovery.ts";
import type { Context } from "../http/mount.ts";

type Handler = (request: unknown, context: Context) => Promise<unknown>;

/** Routes of the daemon as a command calls them, whether a daemon runs or not. */
export interface Calls extends AsyncDisposable {
  call<Q extends z.ZodObject, R extends z.ZodType>(
    route: Endpoint<Q, R>,
    request: z.input<Q>,
  ): Promise<z.output<R>>;
  /** The bytes of a file route. */
  file<Q extends z.ZodObject>(
    route: FileEndpoint<Q>,
    request: z.input<Q>,
  ): Promise<AsyncIterable<string | Uint8Array>>;
}

/**
 * The routes of studies on a data folder: of the daemon that uses it; without one, the same handlers in this process. So a
 * command works in both cases, and never beside a daemon on the same database.
 * @throws AppError `store_unavailable`, `conflict`
 */
export async function openStudyCalls(config: Config): Promise<Calls> {
  const { readDiscovery } = await import("../http/discovery.ts");
  const daemon = await readDiscovery(config.dataDir);
  if (daemon !== undefined && (await answers(daemon))) return remote(daemon);
  return local(config);
}

/** Only with a daemon: what needs its address. @throws AppError `not_found` */
export async function needDaemon(config: Config): Promise<void> {
  await openDaemonCalls(config);
}

/** The routes of the daemon that uses a data folder. @throws AppError `not_found` */
export async function openDaemonCalls(config: Config): Promise<Calls> {
  const { readDiscovery } = await import("../http/discovery.ts");
  const daemon = await readDiscovery(config.dataDir);
  if (daemon === undefined || !(await answers(daemon)))
    throw new AppError("not_found", `No daemon uses ${config.dataDir}. Start one: edin serve`);
  return remote(daemon);
}

/** A daemon that was killed leaves its file behind. */
async function answers({ url }: SecretDiscovery): Promise<boolean> {
  return fetch(`${url}/api/status`, { redirect: "error", signal: AbortSignal.timeout(5000) }).then(
    () => true,
    () => false,
  );
}

function remote({ url, token }: SecretDiscovery): Calls {
  const caller = new Caller<Response, AbortSignal>({
    send: (path, { headers, ...request }) =>
      fetch(url + path, {
        ...request,
        headers: { ...headers, authorization: `Bearer ${token.reveal()}` },
        redirect: "error",
      }),
    words: {
      silent: () => "The daemon ended in the middle. Start it again: edin serve",
      strange: () => "The daemon gave no answer that this edin understands. Update both.",
    },
  });
  return {
    call: (route, request) => caller.call(route, request),
    file: async (route, request) => (await caller.open(route, request)).body as AsyncIterable<Uint8Array>,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function local(config: Config): Promise<Calls> {
  const [
    { createLog },
    { openStore },
    { openJobs },
    { StudyService },
    { StudyFaceService },
    { studyHandlers },
    { studyFaceHandlers },
  ] = await Promise.all([
    import("../log.ts"),
    import("../store/store.ts"),
    import("../openJobs.ts"),
    import("../studies/service.ts"),
    import("../studies/faces/studyFaceService.ts"),
    import("../http/routes/studies.ts"),
    import("../http/routes/studyFaces.ts"),
  ]);
  const log = createLog(config.logLevel === "info" ? "warn" : config.logLevel);
  const store = await openStore(config, log, { exclusive: true });
  const notHere = () => Promise.reject(new AppError("internal", "No analysis runs here."));
  // Nothing is taken from the queue here.
  const { analyses } = await openJobs(store, config, notHere, log);
  const studies = await StudyService.open(store, config.dataDir, analyses);
  const faces = new StudyFaceService(store, config, analyses);
  const handlers = { ...studyHandlers(studies), ...studyFaceHandlers(faces) };
  const context = { setCookie: () => undefined, formSession: undefined };
  const handle = async (route: Endpoint | FileEndpoint, request: unknown): Promise<unknown> => {
    const [name] = Object.entries(endpoints).find(([, one]) => one === route) ?? [];
    const handler = handlers[name as keyof typeof handlers] as Handler;
    return handler(route.request.parse(request), context);
  };
  return {
    call: async (route, request) => route.response.parse(await handle(route, request)),
    async file(route, request) {
      return ((await handle(route, request)) as { text: AsyncIterable<string | Uint8Array> }).text;
    },
    async [Symbol.asyncDispose]() {
      await faces[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}
