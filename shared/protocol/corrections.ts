import * as z from "zod";
import { byId, endpoint } from "./endpoint.ts";
import { studyIdSchema } from "./studyFile.ts";
import { instantSchema } from "./text.ts";

/**
 * `corrections.json` beside the results of a clip: what people say of whom its faces and voices are. Measured lines are never
 * changed; whoever reads results reads them as corrected.
 */

const track = z.int().positive();
const voice = z.int().positive();
export const personNameSchema = z.string().trim().min(1).max(100);
const timeMs = z.number().nonnegative();
const share = z.number().min(0).max(1);

export const correctionSchema = z.discriminatedUnion("action", [
  z.object({ action: z.literal("name"), track, name: personNameSchema }),
  /** The face is a participant of a study. */
  z.object({ action: z.literal("participant"), track, participant: studyIdSchema }),
  /** The face is the same person as another. */
  z.object({ action: z.literal("merge"), track, into: track }),
  /** From a time on the face is somebody else, who gets the number `newTrack`. */
  z.object({ action: z.literal("split"), track, atMs: timeMs, newTrack: track }),
  /** Nobody who matters: an interviewer, a poster. */
  z.object({ action: z.literal("ignore"), track }),
  /** Who speaks; null: nobody whose face is there. */
  z.object({ action: z.literal("voice"), startMs: timeMs, endMs: timeMs, track: track.nullable() }),
  /** What a voice that was told apart is called; the same of voices as of faces. */
  z.object({ action: z.literal("voice_name"), voice, name: personNameSchema }),
  z.object({ action: z.literal("voice_participant"), voice, participant: studyIdSchema }),
  z.object({ action: z.literal("voice_merge"), voice, into: voice }),
  z.object({ action: z.literal("voice_ignore"), voice }),
  /** The face that a voice belongs to. */
  z.object({ action: z.literal("voice_face"), voice, track }),
  /** Which voice speaks in a time; the number after the last one is a new voice. */
  z.object({ action: z.literal("voice_span"), startMs: timeMs, endMs: timeMs, voice }),
  /** A time that counts for nothing, or a region of the picture in it: x, y, width, height as shares of the picture. */
  z.object({
    action: z.literal("exclude"),
    startMs: timeMs,
    endMs: timeMs,
    region: z.tuple([share, share, share, share]).optional(),
  }),
]);

export const correctionEntrySchema = z.object({
  id: z.uuid(),
  at: instantSchema,
  by: z.string().max(100),
  correction: correctionSchema,
  /** It was taken back. */
  undone: z.object({ at: instantSchema, by: z.string().max(100) }).optional(),
});

export const correctionsSchema = z.object({
  schemaVersion: z.literal(1),
  /** In the order in which they apply. */
  entries: z.array(correctionEntrySchema).max(10_000),
});

const answer = z.object({ entries: z.array(correctionEntrySchema) });
const by = z.string().trim().min(1).max(100);

export const getCorrections = endpoint({
  method: "get",
  path: "/api/analyses/:id/corrections",
  summary: "What people say of whom the faces and voices of an analysis are, also what was taken back.",
  request: byId,
  response: answer,
});

export const addCorrection = endpoint({
  method: "post",
  path: "/api/analyses/:id/corrections",
  summary:
    "Names, merges, splits, ignores or links a face or a voice, says who speaks, or excludes a time or a region. Every result, export and index of the analysis follows; measured lines stay. The number of a split's new face is chosen here.",
  request: byId.extend({ by, correction: correctionSchema }),
  response: answer,
});

export const undoCorrection = endpoint({
  method: "post",
  path: "/api/analyses/:id/corrections/:entry/undo",
  summary: "Takes a correction back; it stays written with who took it back.",
  request: byId.extend({ entry: z.uuid(), by }),
  response: answer,
});

export type Correction = z.infer<typeof correctionSchema>;
export type CorrectionEntry = z.infer<typeof correctionEntrySchema>;
export type Corrections = z.infer<typeof correctionsSchema>;
