import type { Endpoints } from "../../../shared/protocol/endpoints.ts";
import type { Config } from "../../config.ts";
import { readEvaluated } from "../../evaluation/kind.ts";
import type { JobService } from "../../jobs/service.ts";
import type { Roots } from "../../store/roots.ts";
import type { Handlers } from "../mount.ts";

const kind = "evaluation";

/** Networks on labelled sets in granted folders. */
export function evaluationHandlers(
  jobs: JobService,
  roots: Roots,
  config: Config,
): Handlers<Pick<Endpoints, "startEvaluation" | "getEvaluation" | "resetCalibration">> {
  return {
    async startEvaluation({ set: asked, groups, ...rest }) {
      const set = await roots.resolve(asked);
      const table = groups === undefined ? {} : { groups: await roots.resolve(groups) };
      return { job: await jobs.add({ kind, request: { ...rest, set, ...table } }) };
    },
    getEvaluation: async ({ id }) => ({ evaluated: await readEvaluated(await jobs.results(id, kind)) }),
    async resetCalibration({ id }) {
      const { resetCalibration } = await import("../../evaluation/calibrate.ts");
      return { id: await resetCalibration(config, id) };
    },
  };
}
