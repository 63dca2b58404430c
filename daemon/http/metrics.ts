import type { ServerResponse } from "node:http";
import type { Registry } from "prom-client";
import { isAppError } from "../../shared/errors.ts";
import type { JobService } from "../jobs/service.ts";
import type { LiveService } from "../live/service.ts";
import { version } from "../version.ts";

/** Upper ends of what is counted together, seconds: from a short clip to half a day. */
const jobSeconds = [1, 5, 15, 60, 300, 900, 3600, 14_400, 43_200];

interface Opened {
  readonly registry: Registry;
  readonly refresh: () => Promise<void>;
  readonly onRequest: (method: string, status: number) => void;
}

/**
 * Figures of the daemon in Prometheus' text format. Nothing is loaded and nothing counted before the first who asks, so an
 * idle daemon that nobody watches does nothing for it; what is counted starts at zero then.
 */
export class Metrics implements AsyncDisposable {
  readonly #parts: { readonly jobs: JobService; readonly live: LiveService; readonly atOnce: number };
  #opening: Promise<Opened> | undefined;
  #opened: Opened | undefined;
  #unsubscribe = (): void => undefined;

  constructor(parts: { jobs: JobService; live: LiveService; atOnce: number }) {
    this.#parts = parts;
  }

  /** Counts a request when it is answered. */
  follow(method: string, response: ServerResponse): void {
    const opened = this.#opened;
    if (opened !== undefined) response.once("finish", () => opened.onRequest(method, response.statusCode));
  }

  async read(): Promise<string> {
    const { registry, refresh } = await (this.#opening ??= this.#open());
    await refresh();
    return registry.metrics();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#unsubscribe();
    return Promise.resolve();
  }

  async #open(): Promise<Opened> {
    const { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } = (await import("prom-client"))
      .default;
    const registry = new Registry();
    const registers = [registry];
    // The delay of the event loop is measured ten times a second, not a hundred times: that costs a tenth.
    collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 100 });
    const gauge = <T extends string>(name: string, help: string, ...labelNames: T[]) =>
      new Gauge({ name, help, labelNames, registers });
    const info = gauge("edin_info", "The version that runs.", "version");
    const databaseUp = gauge("edin_database_up", "1 if the database answered.");
    const jobs = gauge("edin_jobs", "Jobs that there are, by kind and state.", "kind", "state");
    const workers = gauge("edin_jobs_running", "Jobs that run, by the process that runs them.", "worker");
    const paused = gauge("edin_queue_paused", "1 if no job of the kind is begun.", "kind");
    const left = gauge(
      "edin_queue_seconds_left",
      "Until none of the kind waits or runs, where it is known.",
      "kind",
    );
    const atOnce = gauge("edin_analyses_at_once", "Analyses that this daemon runs at a time.");
    const live = gauge("edin_live_sessions", "Live sessions that run here.");
    const took = new Histogram({
      name: "edin_job_seconds",
      help: "How long jobs ran whose end this daemon saw.",
      ...{ labelNames: ["kind", "state"], buckets: jobSeconds, registers },
    });
    const requests = new Counter({
      name: "edin_http_requests_total",
      help: "Requests that were answered.",
      ...{ labelNames: ["method", "code"], registers },
    });
    info.set({ version }, 1);
    atOnce.set(this.#parts.atOnce);
    this.#unsubscribe = this.#parts.jobs.subscribe((news) => {
      if (news.kind !== "changed") return;
      const { kind, state, startedAt, finishedAt } = news.job;
      if (startedAt === undefined || finishedAt === undefined) return;
      took.observe({ kind, state }, Math.max(0, Date.parse(finishedAt) - Date.parse(startedAt)) / 1000);
    });
    const refresh = async (): Promise<void> => {
      live.set(this.#parts.live.running);
      for (const one of [jobs, workers, paused, left]) one.reset();
      const queue = await this.#parts.jobs.overview().catch((error: unknown) => {
        if (isAppError(error, "store_unavailable")) return undefined;
        throw error;
      });
      databaseUp.set(queue === undefined ? 0 : 1);
      for (const { kind, states, paused: stands, secondsLeft } of queue?.kinds ?? []) {
        if (secondsLeft !== undefined) left.set({ kind }, secondsLeft);
        paused.set({ kind }, stands ? 1 : 0);
        for (const [state, n] of Object.entries(states)) jobs.set({ kind, state }, n);
      }
      for (const { worker, running } of queue?.workers ?? [])
        if (running > 0) workers.set({ worker }, running);
    };
    const onRequest = (method: string, code: number) => requests.inc({ method, code });
    this.#opened = { registry, refresh, onRequest };
    return this.#opened;
  }
}
