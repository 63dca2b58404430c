import * as z from "zod";
import { agreementOverTimeSchema, agreementSchema, disagreementSchema } from "./agreement.ts";
import { annotatorSchema } from "./assignments.ts";
import { endpoint, fileEndpoint } from "./endpoint.ts";
import { pathSchema } from "./media.ts";
import { melLineSchema } from "./mel.ts";
import { mediaInfoSchema } from "./results.ts";
import { schemeSchema } from "./scheme.ts";

/** Labels files in granted folders. `path` is that of the labels file; what it names lies beside it. */

const byPath = z.strictObject({ path: pathSchema });
const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/);
/** A labels file of hundreds of thousands of annotations. */
const textSchema = z.string().max(64_000_000);

const namesSchema = z.array(z.string()).readonly();

/** What a labels file names, and what lies beside it. */
export const labelsAroundSchema = z.object({
  scheme: schemeSchema.optional(),
  /** Why there is no scheme. */
  schemeProblem: z.string().optional(),
  /** Whether the clip is there and may be read. */
  clipFound: z.boolean(),
  /** Other files of the same annotator and clip. */
  twins: namesSchema,
  /** Clips and schemes in the same folder. */
  clips: namesSchema,
  schemes: namesSchema,
});

/** A labels file with what is around it. */
export const openedLabelsSchema = labelsAroundSchema.extend({
  text: textSchema,
  /** Of the text, to be named when it is saved. */
  sha256: sha256Schema,
});

export const openLabels = endpoint({
  method: "post",
  path: "/api/labels/open",
  summary: "The text of a labels file, its scheme, whether its clip is there, and what lies beside it.",
  request: byPath,
  response: openedLabelsSchema,
});

export const saveLabels = endpoint({
  method: "put",
  path: "/api/labels/file",
  summary: "Writes a labels file, if it is still as it was read: else `conflict`.",
  request: z.strictObject({ path: pathSchema, text: textSchema, basedOn: sha256Schema }),
  response: z.object({ sha256: sha256Schema }),
});

export const createLabels = endpoint({
  method: "post",
  path: "/api/labels/create",
  summary: "Makes an empty labels file beside a clip, or names the one that is there.",
  request: z.strictObject({
    clip: pathSchema,
    annotator: annotatorSchema,
    /** One of those that come with EDIN, or the name of a scheme file beside the clip or above. */
    scheme: z.string().min(1).max(200),
  }),
  response: z.object({ path: pathSchema }),
});

export const labelsEntrySchema = z.object({
  path: pathSchema,
  name: z.string(),
  annotator: z.string(),
  clip: z.string(),
  annotations: z.int().nonnegative(),
  traces: z.int().nonnegative(),
  done: z.boolean(),
  /** Why it cannot be read. */
  problem: z.string().optional(),
});

export const listLabels = endpoint({
  method: "get",
  path: "/api/labels",
  summary: "The labels files of a granted folder and below.",
  request: byPath,
  response: z.object({ files: z.array(labelsEntrySchema) }),
});

export const getLabelledClip = fileEndpoint({
  method: "get",
  path: "/api/labels/clip",
  summary: "The clip of a labels file, in ranges.",
  request: byPath,
  produces: ["video/*", "audio/*"],
});

export const prepareLabelledCopy = endpoint({
  method: "post",
  path: "/api/labels/copy",
  summary:
    "Makes a copy of the clip that every player plays, or says how far it is. Ask again until it is ready.",
  request: byPath,
  response: z.object({ ready: z.boolean(), share: z.number().min(0).max(1) }),
});

export const getLabelledCopy = fileEndpoint({
  method: "get",
  path: "/api/labels/copy",
  summary: "The copy for playback, in ranges, when it is ready.",
  request: byPath,
  produces: ["video/mp4"],
});

export const clipFactsSchema = z.object({
  media: mediaInfoSchema.extend({ sha256: sha256Schema }),
  /** Loudest amplitude of each 10 ms, a byte each, in base64; absent without sound. */
  envelope: z.base64().optional(),
  mel: z.array(melLineSchema),
});

export const getClipFacts = endpoint({
  method: "post",
  path: "/api/labels/facts",
  summary: "What is in the clip of a labels file: streams, hash, waveform and spectrogram.",
  request: byPath,
  response: clipFactsSchema,
});

/** What a model proposes. */
export const proposalSchema = z.object({
  id: z.string(),
  kind: z.enum(["face", "fused", "voice", "blink", "gaze_away", "micro_expression", "speech"]),
  face: z.int().positive().optional(),
  startMs: z.number(),
  /** Absent for what has no length. */
  endMs: z.number().optional(),
  apexMs: z.number().optional(),
  label: z.string(),
  /** 0 to 1; absent where the model gives none. */
  confidence: z.number().min(0).max(1).optional(),
});

/** A face that an analysis follows, as people corrected it. */
export const faceSchema = z.object({
  track: z.int().positive(),
  /** That somebody gave it. */
  name: z.string().optional(),
});

export const getProposals = endpoint({
  method: "get",
  path: "/api/labels/proposals/:id",
  summary:
    "What an analysis proposes to annotators: emotions of faces and voice, blinks, looks away, speech.",
  request: z.strictObject({ id: z.uuid() }),
  response: z.object({ proposals: z.array(proposalSchema), faces: z.array(faceSchema) }),
});

export const listColleagues = endpoint({
  method: "post",
  path: "/api/labels/colleagues",
  summary: "What other annotators say of the clip of a labels file; nothing while that is labelled blind.",
  request: byPath,
  response: z.object({ files: z.array(z.object({ annotator: z.string(), text: textSchema })) }),
});

export const createGold = endpoint({
  method: "post",
  path: "/api/labels/gold",
  summary: "Makes the gold file of a clip, in which differences are settled, or names the one that is there.",
  request: z.strictObject({
    /** A labels file of the clip. */
    path: pathSchema,
    /** Who settles. */
    by: annotatorSchema,
  }),
  response: z.object({ path: pathSchema }),
});

export const getAgreement = endpoint({
  method: "post",
  path: "/api/labels/agreement",
  summary: "How well the annotators of a granted folder agree, where they do not, and the report.",
  request: z.strictObject({
    path: pathSchema,
    tier: z.string().min(1).max(200).optional(),
    resamples: z.int().min(0).max(2000).default(300),
  }),
  response: z.object({
    agreement: agreementSchema,
    disagreements: z.array(disagreementSchema).readonly(),
    /** So many more disagreements are not listed. */
    more: z.int().nonnegative(),
    overTime: z.array(agreementOverTimeSchema).readonly(),
    files: z.array(z.object({ path: pathSchema, annotator: z.string(), clip: z.string() })).readonly(),
    report: z.object({ markdown: z.string(), html: z.string(), json: z.string() }),
  }),
});

export type LabelsAround = z.infer<typeof labelsAroundSchema>;
export type OpenedLabels = z.infer<typeof openedLabelsSchema>;
export type LabelsEntry = z.infer<typeof labelsEntrySchema>;
export type ClipFacts = z.infer<typeof clipFactsSchema>;
export type Proposal = z.infer<typeof proposalSchema>;
export type Face = z.infer<typeof faceSchema>;
export type AgreementAnswer = z.infer<typeof getAgreement.response>;
