import type { Endpoints } from "../../../shared/protocol/endpoints.ts";
import type { JobService } from "../../jobs/service.ts";
import { readMade } from "../../labels/dataset/kind.ts";
import type { Roots } from "../../store/roots.ts";
import type { Handlers } from "../mount.ts";

/** Sets of what is labelled in granted folders. */
export function datasetHandlers(
  jobs: JobService,
  roots: Roots,
): Handlers<Pick<Endpoints, "startDataset" | "getDataset">> {
  return {
    async startDataset({ path: asked, ...rest }) {
      const path = await roots.resolve(asked);
      return { job: await jobs.add({ kind: "dataset", request: { ...rest, path } }) };
    },
    getDataset: async ({ id }) => ({ made: await readMade(await jobs.results(id, "dataset")) }),
  };
}
