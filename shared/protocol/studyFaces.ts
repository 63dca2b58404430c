import * as z from "zod";
import { personNameSchema } from "./corrections.ts";
import { endpoint, okSchema } from "./endpoint.ts";
import { failureSchema } from "./failure.ts";
import { faceNumberSchema, studyIdSchema } from "./studyFile.ts";
import { byStudy } from "./studyRoutes.ts";
import { instantSchema } from "./text.ts";

/**
 * Faces across the clips of a study that are likely one person's: proposed by a network's likeness, decided by people only. Faces are
 * compared inside one study, of participants who agreed; no embedding is kept.
 */

/** A face of a clip of the study. */
export const clipFaceSchema = z.strictObject({ analysis: z.uuid(), track: faceNumberSchema });

/** A face with what is known of it. */
export const studyFaceSchema = clipFaceSchema.extend({
  mediaName: z.string(),
  /** Whose session the clip belongs to. */
  clipOf: studyIdSchema,
  /** Whose the face is: somebody said so, or (`assumed`) it is the face that the clip is measured by. */
  participant: studyIdSchema.optional(),
  assumed: z.boolean(),
  /** What somebody called it. */
  name: z.string().optional(),
  /** A correction took it out of its clip: it is ignored, or part of another face. */
  gone: z.literal(true).optional(),
});

export const faceProposalSchema = z.object({
  a: studyFaceSchema,
  b: studyFaceSchema,
  /** Cosine of the embeddings, at most 1. */
  likeness: z.number(),
  /** Of so many pairs of different people one is as alike, as the network was measured; absent where it is rarer than was measured. */
  oneIn: z.number().positive().optional(),
});

export const faceVerdictSchema = z.enum(["same", "different"]);

export const decidedFacesSchema = faceProposalSchema.extend({
  verdict: faceVerdictSchema,
  by: z.string(),
  at: instantSchema,
});

/** A search that runs now, or the last one of this process. */
export const faceSearchSchema = z.object({
  state: z.enum(["running", "done", "failed", "cancelled"]),
  share: z.number().min(0).max(1),
  text: z.string(),
  failure: failureSchema.optional(),
});

export const searchFaces = endpoint({
  method: "post",
  path: "/api/studies/:study/faces/search",
  summary:
    "Begins to compare the faces of the clips of a study, of participants who agreed. What was decided stays.",
  request: byStudy,
  response: z.object({ search: faceSearchSchema }),
});

export const cancelFaceSearch = endpoint({
  method: "post",
  path: "/api/studies/:study/faces/cancel",
  summary: "Stops the comparing of faces; what an earlier search found stays.",
  request: byStudy,
  response: okSchema,
});

/** So many proposals are told at a time, the likest first. */
export const proposalsAtOnce = 200;

export const getStudyFaces = endpoint({
  method: "get",
  path: "/api/studies/:study/faces",
  summary: `Faces that are likely one person's, the likest first (${proposalsAtOnce} at most), what people decided, and how far a search is.`,
  request: byStudy,
  response: z.object({
    search: faceSearchSchema.optional(),
    /** How the proposals were made; absent before the first search. */
    found: z
      .object({
        at: instantSchema,
        model: z.string(),
        sha256: z.string(),
        likenessFrom: z.number(),
        faces: z.int().nonnegative(),
        notes: z.array(z.string()),
      })
      .optional(),
    proposals: z.array(faceProposalSchema),
    /** How many there are in all. */
    proposed: z.int().nonnegative(),
    decided: z.array(decidedFacesSchema),
  }),
});

export const decideFaces = endpoint({
  method: "post",
  path: "/api/studies/:study/faces/decide",
  summary:
    "Says of a proposed pair that it is one person (and who, which is written as a correction of each clip that does not say so), or that it is not. A new decision takes back the one before it with the corrections that it wrote; `open` does only that.",
  request: byStudy.extend({
    a: clipFaceSchema,
    b: clipFaceSchema,
    verdict: z.enum([...faceVerdictSchema.options, "open"]),
    /** Of one person: who it is. */
    as: z
      .discriminatedUnion("kind", [
        z.strictObject({ kind: z.literal("participant"), participant: studyIdSchema }),
        z.strictObject({ kind: z.literal("name"), name: personNameSchema }),
        z.strictObject({ kind: z.literal("ignore") }),
      ])
      .optional(),
    by: z.string().trim().min(1).max(100),
  }),
  response: okSchema,
});

export const getFacePicture = endpoint({
  method: "get",
  path: "/api/studies/:study/faces/:analysis/:track/picture",
  summary:
    "The face as it was compared, as a data URI. It is cut from the clip when it is asked for, and not kept.",
  request: byStudy.extend({ analysis: z.uuid(), track: z.coerce.number().pipe(faceNumberSchema) }),
  response: z.object({ picture: z.string().startsWith("data:image/jpeg;base64,") }),
});

export type ClipFace = z.infer<typeof clipFaceSchema>;
export type StudyFace = z.infer<typeof studyFaceSchema>;
export type FaceProposal = z.infer<typeof faceProposalSchema>;
export type DecidedFaces = z.infer<typeof decidedFacesSchema>;
export type FaceSearch = z.infer<typeof faceSearchSchema>;
export type FaceDecision = z.infer<typeof decideFaces.request>;
