import type { Endpoints } from "../../../shared/protocol/endpoints.ts";
import type { AnalysisService } from "../../analysis/service.ts";
import type { JobService } from "../../jobs/service.ts";
import type { Handlers } from "../mount.ts";

type Names =
  | "listJobs"
  | "getJob"
  | "cancelJob"
  | "retryJob"
  | "deleteJob"
  | "setJobPriority"
  | "getQueue"
  | "pauseQueue"
  | "resumeQueue";

/** The queue, whatever the kinds of its jobs. */
export function jobHandlers(jobs: JobService, analyses: AnalysisService): Handlers<Pick<Endpoints, Names>> {
  return {
    listJobs: async ({ order, skip, limit, kind, state, before }) => ({
      jobs:
        order === "next"
          ? await jobs.next({ skip, limit, ...(kind && { kind }) })
          : await jobs.list({
              limit,
              ...(kind && { kind }),
              ...(state && { state }),
              ...(before && { before }),
            }),
    }),
    getJob: async ({ id }) => ({ job: await jobs.get(id) }),
    cancelJob: async ({ id }) => ({ job: await jobs.cancel(id) }),
    retryJob: async ({ id }) => ({ job: await jobs.retry(id) }),
    setJobPriority: async ({ id, priority }) => ({ job: await jobs.setPriority(id, priority) }),
    getQueue: () => jobs.overview(),
    async pauseQueue({ kind }) {
      await jobs.pause(kind, true);
      return { ok: true };
    },
    async resumeQueue({ kind }) {
      await jobs.pause(kind, false);
      return { ok: true };
    },
    async deleteJob({ id }) {
      const { kind } = await jobs.get(id);
      // An analysis may have more that goes with it.
      await (kind === "analysis" ? analyses.delete(id) : jobs.delete(id));
      return { ok: true };
    },
  };
}
