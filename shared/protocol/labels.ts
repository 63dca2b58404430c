import * as z from "zod";

/**
 * `CLIP.ANNOTATOR.labels.json`: what one annotator says of one clip. Every object here keeps fields that it does not know:
 * a newer EDIN, or another program, may have written them.
 */

const timeMs = z.number();

export const commentSchema = z.looseObject({
  by: z.string().max(100),
  /** ISO 8601. */
  at: z.string().max(40),
  text: z.string().max(5000),
});

/** That a model proposed an annotation. Where its label is still `was` it was taken, else corrected. */
export const provenanceSchema = z.looseObject({
  /** Id of the analysis. */
  analysis: z.string().max(200),
  /** Of the model in what it proposed, 0 to 1. */
  confidence: z.number().min(0).max(1).optional(),
  /** The label that was proposed. */
  was: z.string().max(200).optional(),
});

export const annotationSchema = z.looseObject({
  id: z.string().min(1).max(80),
  tier: z.string().min(1).max(200),
  startMs: timeMs,
  /** Absent for points. */
  endMs: timeMs.optional(),
  label: z.string().max(2000),
  /** A track of an analysis, on tiers that are one a face. */
  face: z.int().positive().optional(),
  intensity: z.string().max(20).optional(),
  /** Of greatest strength, between start and end. */
  apexMs: timeMs.optional(),
  note: z.string().max(5000).optional(),
  comments: z.array(commentSchema).optional(),
  /** The annotator is not sure. */
  unsure: z.boolean().optional(),
  from: provenanceSchema.optional(),
  /** In a gold file: who decided, and whose annotations it was made of. */
  decided: z
    .looseObject({
      by: z.string().max(100),
      at: z.string().max(40).optional(),
      of: z.array(z.string()).optional(),
    })
    .optional(),
});

export const traceSchema = z.looseObject({
  tier: z.string().min(1).max(200),
  face: z.int().positive().optional(),
  startMs: timeMs,
  rateHz: z.number().positive(),
  /** Null where nothing was rated. */
  values: z.array(z.number().nullable()),
});

/** All of a labels file but its annotations and traces. */
export const labelsHeadSchema = z.looseObject({
  schemaVersion: z.literal(1),
  media: z.looseObject({
    /** Relative to the labels file. */
    file: z.string().min(1).max(1000),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .optional(),
    durationMs: z.number().nonnegative(),
  }),
  annotator: z.string().min(1).max(100),
  /** Name of a scheme file beside this one, or the scheme. */
  scheme: z.union([z.string().min(1).max(1000), z.record(z.string(), z.unknown())]),
  /** Of the tiers and labels when this file was last written with them; see `schemeFingerprint`. */
  schemeFingerprint: z.string().max(40).optional(),
  /** Labelled without sight of model and colleagues. */
  blind: z.boolean().optional(),
  /** When the annotator marked it as done, ISO 8601. */
  done: z.string().max(40).optional(),
  /** Of a blind file that was opened again: when it was done, and so model and colleagues were seen, ISO 8601. */
  unblinded: z.string().max(40).optional(),
  /** Made by adjudication: whose labels it settles. */
  gold: z.boolean().optional(),
});

export type Comment = z.infer<typeof commentSchema>;
export type Provenance = z.infer<typeof provenanceSchema>;
export type Annotation = z.infer<typeof annotationSchema>;
export type Trace = z.infer<typeof traceSchema>;
export type LabelsHead = z.infer<typeof labelsHeadSchema>;
