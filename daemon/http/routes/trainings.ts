import { stat } from "node:fs/promises";
import path from "node:path";
import { AppError } from "../../../shared/errors.ts";
import type { Endpoints } from "../../../shared/protocol/endpoints.ts";
import { trainingRequestSchema } from "../../../shared/protocol/trainingRoutes.ts";
import type { JobService } from "../../jobs/service.ts";
import { readApart } from "../../reading/readThread.ts";
import type { Roots } from "../../store/roots.ts";
import { askToStop, readEvents } from "../../training/jobFiles.ts";
import type { Handlers } from "../mount.ts";

type Names = "startTraining" | "getTraining" | "stopTraining" | "previewDenoise";
const kind = "training";
/** YAML takes its time, byte for byte. */
const smallYaml = 20_000;

/** Networks that learn from the user's own labels. */
export function trainingHandlers(jobs: JobService, roots: Roots): Handlers<Pick<Endpoints, Names>> {
  return {
    async startTraining({ file: asked }) {
      const file = await roots.resolve(asked);
      const { size } = await stat(file).catch(() => ({ size: 0 }));
      const { written } = await readApart("training", { file }, size, smallYaml);
      return { job: await jobs.add({ kind, request: { file, written } }) };
    },
    async getTraining({ id, after }) {
      const job = await jobs.get(id, kind);
      const folders = jobs.folders(kind);
      const events = await readEvents(job.state === "done" ? folders.of(id) : folders.keptOf(id));
      return { job, events: events.slice(after), total: events.length };
    },
    async previewDenoise({ id, at }) {
      const { file, written } = trainingRequestSchema.parse((await jobs.get(id, kind)).request);
      const { denoisedSideBySide } = await import("../../training/denoisePreview.ts");
      return denoisedSideBySide(written, path.dirname(file), at);
    },
    async stopTraining({ id }) {
      const job = await jobs.get(id, kind);
      if (job.state !== "running")
        throw new AppError("conflict", `This training is ${job.state}. Only one that runs can be stopped.`);
      await askToStop(jobs.folders(kind).keptOf(id));
      return { job };
    },
  };
}
