import path from "node:path";
import { AppError } from "../../../shared/errors.ts";
import { aboutPipeline, pipelineSchema } from "../../../shared/protocol/pipelines.ts";
import type { Endpoints } from "../../../shared/protocol/endpoints.ts";
import { copyOfAnalysis, type PlaybackCopies } from "../../playback/playbackCopies.ts";
import { exportType } from "../../results/exports/types.ts";
import { addCorrection, readCorrections, readFolder, undoCorrection } from "../../results/corrected.ts";
import { readAnalysis } from "../../results/readResult.ts";
import type { AnalysisService } from "../../analysis/service.ts";
import { mediaType } from "../../../shared/mediaTypes.ts";
import type { Handlers } from "../mount.ts";

type Names =
  | "startAnalysis"
  | "listAnalyses"
  | "getAnalysis"
  | "cancelAnalysis"
  | "retryAnalysis"
  | "previewDeletion"
  | "deleteAnalysis"
  | "getResult"
  | "getExport"
  | "getExports"
  | "getCorrections"
  | "addCorrection"
  | "undoCorrection"
  | "getAnalysisMedia"
  | "preparePlayback"
  | "getPlayback"
  | "getFaceClip";

/** Routes of analyses, their results, exports and clips. */
export function analysisHandlers(
  service: AnalysisService,
  playback: PlaybackCopies,
): Handlers<Pick<Endpoints, Names>> {
  return {
    startAnalysis: async (asked) => ({ analysis: await service.start(asked) }),
    listAnalyses: async ({ state, before, limit }) => ({
      analyses: await service.list({ limit, ...(state && { state }), ...(before && { before }) }),
    }),
    getAnalysis: async ({ id }) => ({ analysis: await service.get(id) }),
    cancelAnalysis: async ({ id }) => ({ analysis: await service.cancel(id) }),
    retryAnalysis: async ({ id }) => ({ analysis: await service.retry(id) }),
    previewDeletion: ({ id }) => service.previewDeletion(id),
    async deleteAnalysis({ id, recording }) {
      // Without results there is no copy.
      const copy = await copyOfAnalysis(service, id).catch(() => undefined);
      if (copy !== undefined) await playback.stop(copy);
      await service.delete(id, { withRecording: recording === "remove" });
      return { ok: true };
    },
    getResult: async ({ id }) => ({
      result: await readAnalysis(await readFolder(await service.results(id))),
    }),
    getCorrections: async ({ id }) => ({ entries: [...(await readCorrections(await service.results(id)))] }),
    addCorrection: async ({ id, by, correction }) => ({
      entries: [...(await addCorrection(await service.results(id), by, correction))],
    }),
    undoCorrection: async ({ id, by, entry }) => ({
      entries: [...(await undoCorrection(await service.results(id), by, entry))],
    }),
    async getExport({ id, name }) {
      const folder = await readFolder(await service.results(id));
      const { writeExport } = await import("../../results/exports/write.ts");
      const stem = (await service.get(id)).mediaName.replace(/\.[^.]*$/, "");
      return { text: writeExport(folder, name), type: exportType(name), downloadName: `${stem}.${name}` };
    },
    async getExports({ id }) {
      const folder = await readFolder(await service.results(id));
      const { zipExports } = await import("../../results/exports/zip.ts");
      const stem = (await service.get(id)).mediaName.replace(/\.[^.]*$/, "");
      return { text: zipExports(folder, stem), type: "application/zip", downloadName: `${stem}.edin.zip` };
    },
    async getAnalysisMedia({ id }) {
      const clip = await service.roots.resolve((await service.get(id)).mediaPath);
      return { path: clip, type: mediaType(clip) };
    },
    preparePlayback: async ({ id }) => playback.prepare(await copyOfAnalysis(service, id)),
    getPlayback: async ({ id }) => ({
      path: await playback.file(await copyOfAnalysis(service, id)),
      type: "video/mp4",
    }),
    async getFaceClip({ id, track }) {
      const folder = await service.results(id);
      const { clips = [] } = await readAnalysis(folder);
      const file = clips.find((clip) => clip.track === track)?.file;
      if (file === undefined)
        throw new AppError(
          "not_found",
          `There is no clip of face ${track}. Pipelines that show faces in a picture of their own store one: ${showing.join(", ")}.`,
        );
      return { path: path.join(folder, path.basename(file)), type: "video/mp4" };
    },
  };
}

/** Names of the pipelines that show faces. */
const showing = pipelineSchema.options.filter((name) => aboutPipeline(name).faceView !== undefined);
