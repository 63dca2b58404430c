import * as z from "zod";
import { endpoint } from "./endpoint.ts";
import { analysisRoleSchema, conditionSchema, studyIdSchema } from "./studyFile.ts";
import { tableBodyBytes, tableDataSchema } from "./tableData.ts";

/** Linking many clips at once, and the events of many clips: each with a preview. */

export const linkRowSchema = z.object({
  analysis: z.uuid().optional(),
  mediaName: z.string(),
  participant: z.string().optional(),
  session: z.string().optional(),
  condition: z.string().optional(),
  stimulus: z.string().optional(),
  /**
   * `new` and `changed` are written; `same` is so already; the others are left: another session has the clip, the study has no such
   * participant, or has no consent of theirs, the name says nothing, or no analysis of the file is done.
   */
  state: z.enum([
    "new",
    "changed",
    "same",
    "other_session",
    "no_participant",
    "no_consent",
    "unmatched",
    "no_analysis",
  ]),
});

export const linkClips = endpoint({
  method: "post",
  path: "/api/studies/:study/links",
  summary:
    "Links analyses to participants by their clips' names, or by a table with file,participant[,session,condition,stimulus]. Without `apply` it says what it would do. Of several analyses of a clip the newest is taken.",
  bodyBytes: tableBodyBytes,
  request: z.strictObject({
    study: studyIdSchema,
    pattern: z.string().min(1).max(500).optional(),
    /** The bytes of a CSV file in base64, instead of a pattern. */
    table: tableDataSchema.optional(),
    role: analysisRoleSchema.default("stimulus"),
    /** Clips of this condition show the person at rest. */
    baselineCondition: conditionSchema.optional(),
    /** Adds participants that the study does not have. */
    addParticipants: z.boolean().default(false),
    apply: z.boolean().default(false),
  }),
  response: z.object({ rows: z.array(linkRowSchema), written: z.int().nonnegative() }),
});

export const eventRowSchema = z.object({
  file: z.string(),
  participant: z.string().optional(),
  name: z.string(),
  startMs: z.number(),
  endMs: z.number(),
  /** `no_clip`: no clip of the study has this name; `several_clips`: more than one has. Both are left. */
  state: z.enum(["new", "same", "no_clip", "several_clips"]),
});

export const importEvents = endpoint({
  method: "post",
  path: "/api/studies/:study/events",
  summary:
    "Takes over events of clips of a study from a labels file or a CSV with start, end, name and file. Without `apply` it says what it would do.",
  bodyBytes: tableBodyBytes,
  request: z.strictObject({
    study: studyIdSchema,
    data: tableDataSchema,
    /** The clip, where the file does not name it. */
    clip: z.string().min(1).max(255).optional(),
    apply: z.boolean().default(false),
  }),
  response: z.object({ rows: z.array(eventRowSchema), written: z.int().nonnegative() }),
});

export type LinkRow = z.infer<typeof linkRowSchema>;
export type EventRow = z.infer<typeof eventRowSchema>;
