import * as z from "zod";
import { instantSchema } from "./text.ts";
import { byId, endpoint, fileEndpoint } from "./endpoint.ts";
import { failureSchema } from "./failure.ts";
import { jobStateSchema, ownerSchema, prioritySchema } from "./jobs.ts";
import { pathSchema } from "./media.ts";
import { analysisSchema, deviceChoiceSchema, eventSchema } from "./results.ts";
import { defaultPipeline, pipelineSchema } from "./pipelines.ts";

/** How far the analysis of a clip is. */
export const progressSchema = z.object({
  /** How far into the clip. */
  timeMs: z.number().nonnegative(),
  durationMs: z.number().nonnegative(),
  frames: z.int().nonnegative(),
  framesPerSecond: z.number().nonnegative(),
  /** How much of the clip its hash has read, which is taken while the clip is analysed. */
  hashedShare: z.number().min(0).max(1).optional(),
});

/** What is asked when a clip is to be analysed. */
export const newAnalysisSchema = z.strictObject({
  mediaPath: pathSchema,
  pipeline: pipelineSchema.default(defaultPipeline),
  /** Settings of the pipeline; those left out get their defaults. */
  config: z.record(z.string().max(100), z.unknown()).default({}),
  /** Where to run it; absent: where the daemon runs everything. */
  device: deviceChoiceSchema.optional(),
  /** Prompts and answers of the interview that the clip is of: they stand among the events of the result. */
  segments: z
    .array(
      eventSchema
        .pick({ startMs: true, endMs: true, label: true })
        .extend({ kind: z.enum(["prompt", "answer"]) }),
    )
    .max(1000)
    .optional(),
  /** How urgent it is; see the queue. */
  priority: prioritySchema.optional(),
  /** The study for which it is; absent: the user of the daemon. Those that wait take turns. */
  owner: ownerSchema.optional(),
});

/** What the store knows of an analysis; its results are in files. */
export const analysisRecordSchema = z.object({
  id: z.uuid(),
  state: jobStateSchema,
  pipeline: pipelineSchema,
  mediaPath: pathSchema,
  mediaName: z.string(),
  config: z.record(z.string(), z.unknown()),
  /** Where it was asked to run, if it was. */
  device: deviceChoiceSchema.optional(),
  progress: progressSchema.optional(),
  /** Of a failed or interrupted one. */
  failure: failureSchema.optional(),
  createdAt: instantSchema,
  startedAt: instantSchema.optional(),
  finishedAt: instantSchema.optional(),
});

const one = z.object({ analysis: analysisRecordSchema });

export const startAnalysis = endpoint({
  method: "post",
  path: "/api/analyses",
  summary: "Queues the analysis of a clip in a granted folder.",
  request: newAnalysisSchema,
  response: one,
});

export const listAnalyses = endpoint({
  method: "get",
  path: "/api/analyses",
  summary: "Analyses, the newest first. `before` is the createdAt of the last one of the page before.",
  request: z.strictObject({
    state: jobStateSchema.optional(),
    before: instantSchema.optional(),
    limit: z.coerce.number().int().min(1).max(200).default(50),
  }),
  response: z.object({ analyses: z.array(analysisRecordSchema) }),
});

export const getAnalysis = endpoint({
  method: "get",
  path: "/api/analyses/:id",
  summary: "State and progress of an analysis.",
  request: byId,
  response: one,
});

export const cancelAnalysis = endpoint({
  method: "post",
  path: "/api/analyses/:id/cancel",
  summary: "Stops an analysis that is queued or running; its partial files are removed.",
  request: byId,
  response: one,
});

export const retryAnalysis = endpoint({
  method: "post",
  path: "/api/analyses/:id/retry",
  summary: "Queues an analysis again that failed, was cancelled or was interrupted.",
  request: byId,
  response: one,
});

export const previewDeletion = endpoint({
  method: "get",
  path: "/api/analyses/:id/deletion",
  summary: "What goes with an analysis when it is deleted, and what stays: for the question before.",
  request: byId,
  response: z.object({
    /** A user's own clip stays; a recording of EDIN's goes with the last analysis that reads it. */
    clip: z.enum(["stays", "recording_stays", "recording_goes"]),
    /** The study that it is taken out of, with the momentary self-reports that refer to it. */
    study: z
      .object({ name: z.string(), participant: z.string(), selfReports: z.int().nonnegative() })
      .optional(),
  }),
});

export type Deletion = z.infer<typeof previewDeletion.response>;

export const deleteAnalysis = endpoint({
  method: "delete",
  path: "/api/analyses/:id",
  summary:
    "Removes an analysis and its files; one that runs is stopped first. With `recording=remove` its clip goes too, if EDIN recorded it and no other analysis reads it.",
  request: byId.extend({ recording: z.enum(["keep", "remove"]).default("keep") }),
  response: z.object({ ok: z.literal(true) }),
});

export const getResult = endpoint({
  method: "get",
  path: "/api/analyses/:id/result",
  summary: "analysis.json of a finished analysis.",
  request: byId,
  response: z.object({ result: analysisSchema }),
});

export const exportNameSchema = z.enum([
  "analysis.json",
  "frames.jsonl",
  "speech.jsonl",
  "fused.jsonl",
  "mel.jsonl",
  "frames.csv",
  "speech.csv",
  "fused.csv",
  "events.csv",
  "blinks.csv",
  "states.csv",
  "turns.csv",
  "annotations.eaf",
]);

/** What can be saved of a result: an export, or all of them as one ZIP. */
export const savedNameSchema = z.enum([...exportNameSchema.options, "exports.zip"]);

export const getExports = fileEndpoint({
  method: "get",
  path: "/api/analyses/:id/exports",
  summary: "Every export of an analysis in one ZIP, each named after the clip.",
  request: byId,
  produces: ["application/zip"],
});

export const getExport = fileEndpoint({
  method: "get",
  path: "/api/analyses/:id/exports/:name",
  summary: "A result file, or an export of it, as a download.",
  request: byId.extend({ name: exportNameSchema }),
  produces: ["application/json", "application/jsonl", "text/csv", "application/xml"],
});

export const getAnalysisMedia = fileEndpoint({
  method: "get",
  path: "/api/analyses/:id/media",
  summary: "The clip itself, in ranges, as long as its folder is granted.",
  request: byId,
  produces: ["video/*", "audio/*"],
});

export const preparePlayback = endpoint({
  method: "post",
  path: "/api/analyses/:id/playback",
  summary:
    "Makes a copy of the clip that every browser and VS Code play (H.264 with Opus), or says how far it is. Ask again until it is ready.",
  request: byId,
  response: z.object({
    ready: z.boolean(),
    /** How much is done, 0 to 1. */
    share: z.number().min(0).max(1),
  }),
});

export const getPlayback = fileEndpoint({
  method: "get",
  path: "/api/analyses/:id/playback",
  summary: "The copy for playback, in ranges, when it is ready.",
  request: byId,
  produces: ["video/mp4"],
});

export const getFaceClip = fileEndpoint({
  method: "get",
  path: "/api/analyses/:id/faces/:track",
  summary: "A face's clip, as it was on the left and as the pipeline shows it on the right, in ranges.",
  request: byId.extend({ track: z.coerce.number().int().positive() }),
  produces: ["video/mp4"],
});

/** What a player plays: the clip, its copy that every player understands, or the clip of a face. */
export const playedSchema = z.union([z.enum(["clip", "copy"]), z.object({ face: z.int().positive() })]);

export type Played = z.infer<typeof playedSchema>;
export type NewAnalysis = z.infer<typeof newAnalysisSchema>;
export type AnalysisProgress = z.infer<typeof progressSchema>;
export type AnalysisRecord = z.infer<typeof analysisRecordSchema>;
export type SavedName = z.infer<typeof savedNameSchema>;
export type ExportName = z.infer<typeof exportNameSchema>;
