import type { Endpoints } from "../../../shared/protocol/endpoints.ts";
import type { AnalysisService } from "../../analysis/service.ts";
import type { Config } from "../../config.ts";
import { version } from "../../version.ts";
import type { Guard } from "../guard.ts";
import type { Handlers } from "../mount.ts";
import type { Sessions } from "../sessions.ts";

type Names = "getStatus" | "listModels" | "createCode" | "createSession" | "addOrigin" | "shutdown";

export function systemHandlers(parts: {
  service: AnalysisService;
  config: Config;
  guard: Guard;
  sessions: Sessions;
  startedAt: Date;
  url: () => string;
  stop: () => void;
}): Handlers<Pick<Endpoints, Names>> {
  const { service, config, guard, sessions, startedAt, url, stop } = parts;
  return {
    getStatus: async () => ({
      version,
      pid: process.pid,
      startedAt: startedAt.toISOString(),
      database: config.databaseUrl === undefined ? "embedded" : "server",
      device: config.device,
      analyses: await service.count(),
    }),
    async listModels() {
      const { readManifest } = await import("../../inference/manifest.ts");
      return { models: (await readManifest(config.modelsDir)).models };
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
