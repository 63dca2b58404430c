import os from "node:os";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { AppError } from "../shared/errors.ts";
import type { JobKind } from "./jobs/kind.ts";
import type { JobService } from "./jobs/service.ts";
import { LiveService } from "./live/service.ts";
import { PlaybackCopies } from "./playback/playbackCopies.ts";
import type { Runner } from "./analysis/kind.ts";
import type { AnalysisService } from "./analysis/service.ts";
import type { Config } from "./config.ts";
import { createApp } from "./http/app.ts";
import { removeDiscovery, writeDiscovery } from "./http/discovery.ts";
import { Guard, type CallerRole } from "./http/guard.ts";
import { refuse, safeHeaders, toFailure } from "./http/reply.ts";
import { formHandlers } from "./http/routes/beqForms.ts";
import { analysisHandlers } from "./http/routes/analyses.ts";
import { jobHandlers } from "./http/routes/jobs.ts";
import { interviewHandlers } from "./http/routes/interviews.ts";
import { labelHandlers } from "./http/routes/labels.ts";
import { openReceiver } from "./http/receiver.ts";
import { announceReceiver } from "./store/receivers.ts";
import { Metrics } from "./http/metrics.ts";
import { openScrapeToken } from "./http/scrapeToken.ts";
import { measureJobs } from "./jobs/capacity.ts";
import { workerName } from "./jobs/worker.ts";
import { liveHandlers } from "./http/routes/live.ts";
import { mediaHandlers } from "./http/routes/media.ts";
import { modelLibraryHandlers } from "./http/routes/modelLibrary.ts";
import { datasetHandlers } from "./http/routes/datasets.ts";
import { evaluationHandlers } from "./http/routes/evaluations.ts";
import { experimentHandlers } from "./http/routes/experiments.ts";
import { redactionHandlers } from "./http/routes/redactions.ts";
import { studyFaceHandlers } from "./http/routes/studyFaces.ts";
import { studyHandlers } from "./http/routes/studies.ts";
import { systemHandlers } from "./http/routes/system.ts";
import { trainingHandlers } from "./http/routes/trainings.ts";
import { limitConnections } from "./http/connections.ts";
import { Sessions } from "./http/sessions.ts";
import type { Log } from "./log.ts";
import { watchUserModels } from "./networks/userLibrary.ts";
import { openJobs } from "./openJobs.ts";
import { Secret } from "./secret.ts";
import { createSockets } from "./socket/socket.ts";
import { openStore } from "./store/store.ts";
import { StudyFaceService } from "./studies/faces/studyFaceService.ts";
import { StudyService } from "./studies/service.ts";

export interface Daemon extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly token: Secret;
  readonly service: AnalysisService;
  readonly jobs: JobService;
  /** A URL that lets one browser in, once, and shows it `view` (`analysis/<id>`). */
  readonly createPageUrl: (view?: string) => string;
  /** Fulfilled when somebody asked the daemon to end. */
  readonly stopAsked: Promise<void>;
  /** A training runs in this process. */
  readonly isTraining: () => Promise<boolean>;
  /** Somebody is connected: a window, a page. */
  readonly isWatched: () => boolean;
}

/** Opens the store, listens on 127.0.0.1, and writes the discovery file last: who finds it can call at once. */
export async function startDaemon(
  config: Config,
  run: Runner,
  log: Log,
  moreKinds: readonly JobKind[] = [],
): Promise<Daemon> {
  const startedAt = new Date();
  const token = Secret.random();
  log.hide(token);
  if (config.databaseUrl) log.hide(config.databaseUrl);

  await using opened = new Opened();
  const store = opened.add(await openStore(config, log, { exclusive: true }));
  const { jobs, analyses: service } = await openJobs(store, config, run, log, { more: moreKinds });
  opened.add(jobs).start();
  const { workersListen: listen } = config;
  if (listen !== undefined && store.embedded)
    throw new AppError(
      "invalid_config",
      "Workers of other machines need a database that they share. Set EDIN_DATABASE_URL, or leave --workers out.",
    );
  const receiver =
    listen === undefined ? undefined : opened.add(await openReceiver(listen, jobs, service.roots, log));
  if (!store.embedded) await announceReceiver(store.db, `${os.hostname()}:${config.dataDir}`, receiver);
  const studies = await StudyService.open(store, config.dataDir, service);
  const faces = opened.add(new StudyFaceService(store, config, service));
  const live = opened.add(await LiveService.open(service, studies.recorded, config, log));
  live.subscribe(({ kind }) => kind === "changed" && jobs.holdBack(live.running));
  const playback = opened.add(new PlaybackCopies(config));
  const sockets = opened.add(createSockets(service, jobs, live, config, log));
  opened.add(await watchUserModels(config, () => sockets.modelsChanged()));
  const sessions = new Sessions();
  const scrapeToken = await openScrapeToken(config.dataDir);
  log.hide(scrapeToken);
  const guard = new Guard(token, scrapeToken, sessions, config.limits);
  const metrics = opened.add(new Metrics({ jobs, live, atOnce: config.concurrency ?? measureJobs().jobs }));
  let stop = (): void => undefined;
  const stopAsked = new Promise<void>((resolve) => (stop = resolve));
  let url = "";
  const system = systemHandlers({
    service,
    jobs,
    config,
    guard,
    metrics,
    sessions,
    startedAt,
    url: () => url,
    stop: () => stop(),
  });

  const callers = new WeakMap<IncomingMessage, CallerRole>();
  const app = createApp(
    {
      ...system,
      ...mediaHandlers(service.roots, config),
      ...jobHandlers(jobs, service),
      ...modelLibraryHandlers(config),
      ...analysisHandlers(service, playback),
      ...experimentHandlers(service.roots),
      ...redactionHandlers(jobs, service.roots, config),
      ...trainingHandlers(jobs, service.roots),
      ...datasetHandlers(jobs, service.roots),
      ...evaluationHandlers(jobs, service.roots, config),
      ...interviewHandlers,
      ...labelHandlers(service, config, playback),
      ...liveHandlers(live),
      ...studyHandlers(studies),
      ...studyFaceHandlers(faces),
      ...formHandlers(studies.forms, guard, () => url),
    },
    config,
    guard,
    {
      of: (request) => callers.get(request) ?? "nobody",
      async formSession({ headers }) {
        const secret = guard.formSecret(headers);
        const session = secret === undefined ? undefined : await studies.forms.sessionOf(secret);
        if (secret !== undefined && session !== undefined) guard.knowForm(secret);
        return session;
      },
    },
    log,
  );

  const { limits } = config;
  const server = createServer({ connectionsCheckingInterval: 1000 }, (request, response) => {
    try {
      const caller = guard.admit(request.headers);
      callers.set(request, caller);
      if (caller !== "nobody") connections.know(request.socket);
      metrics.follow(request.method ?? "", response);
    } catch (error) {
      refuse(response, toFailure(error, log));
      return;
    }
    app(request, response);
  });
  const connections = limitConnections(server, limits.connections);
  server.headersTimeout = limits.headersTimeoutMs;
  server.requestTimeout = limits.requestTimeoutMs;
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", (error) => log.debug("socket_error", { error }));
    try {
      guard.admitSocket(request.headers);
      if (!request.url?.startsWith("/socket.io/"))
        throw new AppError("not_found", "There is no such socket.");
      if (sockets.count() >= limits.sockets) {
        throw new AppError("too_many_requests", "Too many sockets are open. Close some pages.");
      }
      sockets.upgrades.emit("upgrade", request, socket, head);
    } catch (error) {
      const { status, ...failure } = toFailure(error, log);
      const headers = Object.entries({
        ...safeHeaders,
        "content-type": "application/json",
        connection: "close",
      });
      socket.end(
        [`HTTP/1.1 ${status} Refused`, ...headers.map(([name, value]) => `${name}: ${value}`)].join("\r\n") +
          `\r\n\r\n${JSON.stringify(failure)}`,
      );
    }
  });
  opened.add({
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  });

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(config.port, "127.0.0.1", resolve);
  }).catch((cause: unknown) => {
    throw new AppError("conflict", `Port ${config.port} is taken. Choose another with --port, or 0.`, {
      cause,
    });
  });
  const { port } = server.address() as AddressInfo;
  url = `http://127.0.0.1:${port}`;
  guard.listensOn(port);
  await writeDiscovery(config.dataDir, url, token);
  opened.add({ [Symbol.asyncDispose]: () => removeDiscovery(config.dataDir) });
  log.info("listening", { url, database: store.embedded ? "embedded" : "server" });

  const parts = opened.keep();
  return {
    url,
    token,
    service,
    jobs,
    createPageUrl: (view) =>
      `${url}/#${new URLSearchParams({ code: sessions.createCode().secret.reveal(), ...(view && { view }) }).toString()}`,
    stopAsked,
    async isTraining() {
      const running = await jobs.list({ kind: "training", state: "running", limit: 200 });
      return running.some(({ worker }) => worker === workerName);
    },
    isWatched: () => sockets.count() > 0,
    [Symbol.asyncDispose]: () => parts[Symbol.asyncDispose](),
  };
}

/** Closes what was opened, the last first. (Node 20 has no AsyncDisposableStack yet.) */
class Opened implements AsyncDisposable {
  #parts: AsyncDisposable[] = [];

  add<Part extends AsyncDisposable>(part: Part): Part {
    this.#parts.push(part);
    return part;
  }

  /** Hands everything over to a new owner. */
  keep(): Opened {
    const other = new Opened();
    other.#parts = this.#parts;
    this.#parts = [];
    return other;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const part of this.#parts.splice(0).toReversed()) await part[Symbol.asyncDispose]();
  }
}
