import { AppError } from "../../../shared/errors.ts";
import type { Endpoints } from "../../../shared/protocol/endpoints.ts";
import type { AnalysisService } from "../../analysis/service.ts";
import type { Config } from "../../config.ts";
import { measureJobs } from "../../jobs/capacity.ts";
import type { JobService } from "../../jobs/service.ts";
import { version } from "../../version.ts";
import type { Guard } from "../guard.ts";
import type { Metrics } from "../metrics.ts";
import type { Handlers } from "../mount.ts";
import type { Sessions } from "../sessions.ts";

type Names =
  | "getHealth"
  | "getStatus"
  | "getMetrics"
  | "getDoctor"
  | "listModels"
  | "getModelCard"
  | "verifyModel"
  | "testDevices"
  | "createCode"
  | "createSession"
  | "addOrigin"
  | "shutdown";

/** Routes of the daemon itself: status, networks, devices, sign-in, its end. */
export function systemHandlers(parts: {
  service: AnalysisService;
  jobs: JobService;
  config: Config;
  guard: Guard;
  metrics: Metrics;
  sessions: Sessions;
  startedAt: Date;
  url: () => string;
  stop: () => void;
}): Handlers<Pick<Endpoints, Names>> {
  const { service, jobs, config, guard, metrics, sessions, startedAt, url, stop } = parts;
  const measured = measureJobs();
  return {
    getHealth: () => ({ ok: true }),
    getStatus: async () => ({
      version,
      pid: process.pid,
      startedAt: startedAt.toISOString(),
      database: config.databaseUrl === undefined ? "embedded" : "server",
      device: config.device,
      analyses: await service.count(),
      queue: await jobs.count(),
      capacity:
        config.concurrency === undefined
          ? { analyses: measured.jobs, why: measured.why }
          : { analyses: config.concurrency, why: "as the configuration says" },
    }),
    getMetrics: () => ({
      text: readAll(metrics),
      type: "text/plain; version=0.0.4; charset=utf-8",
      downloadName: "metrics.txt",
    }),
    async getDoctor() {
      const { examine } = await import("../../doctor/doctor.ts");
      return { checks: await examine(config) };
    },
    async listModels() {
      const { readManifest } = await import("../../inference/manifest.ts");
      const { models, leftOut } = await readManifest(config);
      return { models, leftOut: [...leftOut] };
    },
    async getModelCard({ id }) {
      const { findEntry, folderOf, readManifest } = await import("../../inference/manifest.ts");
      const { readModelCard } = await import("../../inference/modelCard.ts");
      const entry = findEntry(await readManifest(config), id);
      return await readModelCard(folderOf(config, entry), entry);
    },
    async verifyModel({ id }) {
      const { verifyModels } = await import("../../inference/verify.ts");
      const [found] = await verifyModels(config, config.device, id);
      if (found === undefined)
        throw new AppError(
          "model_unknown",
          `There is no network ${id}. \`edin models list\` shows those there are.`,
        );
      return found;
    },
    async testDevices() {
      const { testDevices } = await import("../../doctor/deviceTest.ts");
      return testDevices(config);
    },
    createCode() {
      const { secret, expiresAt } = sessions.createCode();
      return {
        url: `${url()}/#code=${secret.reveal()}`,
        expiresAt: new Date(expiresAt).toISOString(),
      };
    },
    createSession({ code }, { setCookie }) {
      setCookie(guard.setCookie(sessions.open(code)));
      return { ok: true };
    },
    addOrigin({ origin }) {
      guard.addOrigin(origin);
      return { ok: true };
    },
    shutdown() {
      // After the answer is out.
      setImmediate(stop);
      return { ok: true };
    },
  };
}

async function* readAll(metrics: Metrics): AsyncGenerator<string> {
  yield await metrics.read();
}
