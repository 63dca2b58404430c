import * as z from "zod";
import { instantSchema } from "./text.ts";
import { chartSchema } from "../charts/chart.ts";
import { beqItemCount, highestAnswer, lowestAnswer } from "../beq/items.ts";
import { endpoint, fileEndpoint, okSchema } from "./endpoint.ts";
import { tableBodyBytes, tableDataSchema } from "./tableData.ts";
import {
  analysisRoleSchema,
  clipSpanSchema,
  conditionSchema,
  faceNumberSchema,
  participantSchema,
  responseSchema,
  selfReportSchema,
  studyIdSchema,
  visitLabelSchema,
} from "./studyFile.ts";

/** Studies as the daemon keeps them. What leaves it as one archive is in `study.ts`; the form is in `beqForm.ts`. */

const nameSchema = z.string().trim().min(1).max(200);
const consentTextSchema = z.string().trim().min(1).max(100_000);

export const studySummarySchema = z.object({
  id: studyIdSchema,
  name: z.string(),
  createdAt: instantSchema,
  participants: z.int().nonnegative(),
  /** Those whose consent is recorded; nothing of the others is counted. */
  consented: z.int().nonnegative(),
  /** Forms that they completed. */
  responses: z.int().nonnegative(),
});

/** A form, also one that is being filled in: then it has no `completedAt`. */
export const formStateSchema = responseSchema.partial({ completedAt: true });

export const sessionViewSchema = z.object({
  id: studyIdSchema,
  label: visitLabelSchema.optional(),
  startedAt: instantSchema,
  analyses: z.array(
    z.object({
      id: z.uuid(),
      role: analysisRoleSchema,
      mediaName: z.string(),
      condition: conditionSchema.optional(),
      stimulus: conditionSchema.optional(),
      /** By start. */
      spans: z.array(clipSpanSchema).optional(),
      face: faceNumberSchema.optional(),
    }),
  ),
  recordings: z.array(z.object({ id: studyIdSchema, name: z.string() })),
  /** By start. */
  selfReports: z.array(selfReportSchema.omit({ sessionId: true })),
  response: formStateSchema.optional(),
  /** The form can be opened with a link that was made, until then. */
  linkExpiresAt: instantSchema.optional(),
});

export const participantViewSchema = participantSchema
  .pick({
    id: true,
    createdAt: true,
    retainUntil: true,
    consent: true,
    covariates: true,
    gazeCalibration: true,
  })
  .extend({ sessions: z.array(sessionViewSchema) });

export const studyViewSchema = z.object({
  id: studyIdSchema,
  name: z.string(),
  createdAt: instantSchema,
  /** The last one is asked for. */
  consentVersions: z.array(z.object({ version: z.string(), text: z.string() })),
  participants: z.array(participantViewSchema),
});

export const answerSchema = z.int().min(lowestAnswer).max(highestAnswer);
export const itemSchema = z.coerce.number().int().min(1).max(beqItemCount);
const storedAnswer = answerSchema.nullable();
const itemNames = Array.from({ length: beqItemCount }, (_, k) => `beq${k + 1}` as const);

/** Where the next participants of a study begin: opaque to whoever asks. */
const participantCursorSchema = z
  .string()
  .max(120)
  .refine((text) => {
    const [createdAt, id, ...more] = text.split(" ");
    return (
      more.length === 0 && instantSchema.safeParse(createdAt).success && studyIdSchema.safeParse(id).success
    );
  }, "what an answer gave as next");
/** As many participants as one answer holds: a study of a hundred thousand comes in pieces. */
export const participantsAtOnce = 1000;

export const byStudy = z.strictObject({ study: studyIdSchema });
const byParticipant = byStudy.extend({ participant: studyIdSchema });
export const bySession = z.strictObject({ session: studyIdSchema });
const one = z.object({
  study: studyViewSchema,
  /** There are more participants: to be asked for with it. */
  next: participantCursorSchema.optional(),
});

export const listStudies = endpoint({
  method: "get",
  path: "/api/studies",
  summary: "The studies, the newest first.",
  request: z.strictObject({}),
  response: z.object({ studies: z.array(studySummarySchema) }),
});

export const createStudy = endpoint({
  method: "post",
  path: "/api/studies",
  summary: "Makes a study with the first version of its consent text.",
  request: z.strictObject({ name: nameSchema, consentText: consentTextSchema }),
  response: one,
});

export const getStudy = endpoint({
  method: "get",
  path: "/api/studies/:study",
  summary: `A study with its participants, sessions, forms and analyses; the first ${participantsAtOnce} participants, or those from \`after\` on.`,
  request: byStudy.extend({ after: participantCursorSchema.optional() }),
  response: one,
});

/** The whole of a study, however many participants it has: its pieces, one after another. */
export async function wholeStudy(
  ask: (request: z.input<typeof getStudy.request>) => Promise<z.output<typeof getStudy.response>>,
  id: string,
): Promise<StudyView> {
  const { study, next } = await ask({ study: id });
  const participants = [...study.participants];
  for (let after = next; after !== undefined;) {
    const piece = await ask({ study: id, after });
    participants.push(...piece.study.participants);
    after = piece.next;
  }
  return { ...study, participants };
}

export const addConsentText = endpoint({
  method: "post",
  path: "/api/studies/:study/consent-texts",
  summary:
    "A new version of the consent text. Forms ask for it; what was given for another version stays written.",
  request: byStudy.extend({ text: consentTextSchema }),
  response: one,
});

export const setCutoffs = endpoint({
  method: "put",
  path: "/api/studies/:study/cutoffs",
  summary:
    "The text of the cutoffs.json that a validation uses; it has to be fixed before the data are looked at.",
  request: byStudy.extend({ text: z.string().max(10_000) }),
  response: okSchema,
});

/** What a removal left: clips that EDIN did not record are the user's own files. */
const removed = okSchema.extend({ leftMedia: z.array(z.string()) });

export const deleteStudy = endpoint({
  method: "delete",
  path: "/api/studies/:study",
  summary: "Removes a study with all participants, forms, analyses and recordings.",
  request: byStudy,
  response: removed,
});

export const addParticipants = endpoint({
  method: "post",
  path: "/api/studies/:study/participants",
  summary: "Adds participants by pseudonym; all of them or none.",
  request: byStudy.extend({
    ids: z.array(studyIdSchema).min(1).max(10_000),
    retainUntil: instantSchema.optional(),
  }),
  response: one,
});

export const updateParticipant = endpoint({
  method: "put",
  path: "/api/studies/:study/participants/:participant",
  summary: "Changes the retention date (null: none), covariates, or the consent that was taken elsewhere.",
  request: byParticipant.extend({
    retainUntil: instantSchema.nullable().optional(),
    covariates: participantSchema.shape.covariates.optional(),
    consent: participantSchema.shape.consent,
  }),
  response: one,
});

export const deleteParticipant = endpoint({
  method: "delete",
  path: "/api/studies/:study/participants/:participant",
  summary:
    "Removes a participant wholly: consent, sessions, forms, links, analyses and recordings with their files.",
  request: byParticipant,
  response: removed,
});

export const purgeStudies = endpoint({
  method: "post",
  path: "/api/studies/purge",
  summary: "Participants whose retention date has passed; with `remove` they are removed.",
  request: z.strictObject({ remove: z.boolean() }),
  response: z.object({
    expired: z.array(
      z.object({ study: studyIdSchema, participant: studyIdSchema, retainUntil: instantSchema }),
    ),
    leftMedia: z.array(z.string()),
  }),
});

export const addSession = endpoint({
  method: "post",
  path: "/api/studies/:study/participants/:participant/sessions",
  summary: "Begins a session of a participant; it holds one form.",
  request: byParticipant,
  response: z.object({ session: sessionViewSchema }),
});

export const deleteSession = endpoint({
  method: "delete",
  path: "/api/study-sessions/:session",
  summary: "Removes a session with its form, analyses and recordings.",
  request: bySession,
  response: removed,
});

export const linkAnalysis = endpoint({
  method: "put",
  path: "/api/study-sessions/:session/analyses/:analysis",
  summary:
    "Says that an analysis belongs to a session, what it shows, and which face of it is the participant's. Consent comes first.",
  request: bySession.extend({
    analysis: z.uuid(),
    role: analysisRoleSchema,
    /** Absent: the face that is there longest, where that is clear. */
    face: faceNumberSchema.optional(),
  }),
  response: okSchema,
});

export const unlinkAnalysis = endpoint({
  method: "delete",
  path: "/api/study-sessions/:session/analyses/:analysis",
  summary: "Takes an analysis out of a session; the analysis stays.",
  request: bySession.extend({ analysis: z.uuid() }),
  response: okSchema,
});

/** One thing that is wrong with a table of responses, and where. */
export const tableProblemSchema = z.object({
  /** Of the file, from 1; the heading is line 1. */
  line: z.int().positive(),
  column: z.string(),
  code: z.enum([
    "encoding",
    "heading",
    "row_length",
    "participant_unknown",
    "answer",
    "two_forms",
    "session",
  ]),
  message: z.string(),
});

const columnTitle = z.string().min(1).max(500);

/** How a table of responses is to be read, where EDIN cannot tell it from the table. */
export const tableOptionsSchema = z.object({
  /** Titles of columns by what stands in them: `beq1` to `beq16`, or `beq` with # for the number, `participant` and so on. */
  map: z
    .partialRecord(z.enum(["participant", "session", "completed", "beq", ...itemNames]), columnTitle)
    .optional(),
  /** Codes that stand for no answer. */
  missing: z.array(z.string().trim().min(1).max(40)).max(50).optional(),
  /** A name of the WHATWG's Encoding Standard. */
  encoding: z.string().max(40).optional(),
});

export const importResponses = endpoint({
  method: "post",
  path: "/api/studies/:study/responses",
  summary:
    "Takes over the answers of a CSV file (own layout, REDCap, LimeSurvey or Qualtrics). All rows or none: `problems` lists what is wrong. Forms that are there with the same answers stay; others are listed as changed and stay as they are.",
  bodyBytes: tableBodyBytes,
  request: byStudy.extend({
    /** The bytes of the file in base64. */
    data: tableDataSchema,
    ...tableOptionsSchema.shape,
  }),
  response: z.object({
    imported: z.int().nonnegative(),
    /** Forms that the study has with the same answers. */
    same: z.int().nonnegative(),
    /** Forms that the study has with other answers, which stay. */
    changed: z.array(
      z.object({
        line: z.int().positive(),
        participant: z.string(),
        session: z.string().optional(),
        /** Item, what is stored, what the table says. */
        items: z.array(z.object({ item: itemSchema, stored: storedAnswer, table: storedAnswer })),
      }),
    ),
    /** Lines without any answer, of an export. */
    skipped: z.int().nonnegative(),
    /** What was chosen or left out, as sentences. */
    notes: z.array(z.string()),
    layout: responseSchema.shape.source.exclude(["form"]).optional(),
    /** The first 200. */
    problems: z.array(tableProblemSchema),
  }),
});

export const getResponses = fileEndpoint({
  method: "get",
  path: "/api/studies/:study/responses.csv",
  summary: "The completed forms as a table in EDIN's own layout.",
  request: byStudy,
  produces: ["text/csv"],
});

/** A part of a report, as plain text: whoever shows it escapes it. A chart is what it shows: see `shared/charts`. */
export const reportBlockSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("heading"),
    level: z.union([z.literal(1), z.literal(2), z.literal(3)]),
    text: z.string(),
  }),
  z.object({ kind: z.literal("paragraph"), text: z.string() }),
  z.object({ kind: z.literal("notice"), text: z.string() }),
  z.object({ kind: z.literal("list"), items: z.array(z.string()).readonly() }),
  z.object({
    kind: z.literal("table"),
    caption: z.string(),
    head: z.array(z.string()).readonly(),
    rows: z.array(z.array(z.string()).readonly()).readonly(),
  }),
  z.object({
    kind: z.literal("figures"),
    figures: z.array(z.object({ name: z.string(), title: z.string(), chart: chartSchema })).readonly(),
  }),
]);

export const validateStudy = endpoint({
  method: "post",
  path: "/api/studies/:study/validation",
  summary:
    "Holds the analyses of a study against its questionnaires; answers with the report. Nothing is stored.",
  request: byStudy.extend({
    /** Of each bootstrap. */
    draws: z.int().min(99).max(100_000).default(9999),
  }),
  response: z.object({ blocks: z.array(reportBlockSchema).readonly(), html: z.string() }),
});

export type StudySummary = z.infer<typeof studySummarySchema>;
export type StudyView = z.infer<typeof studyViewSchema>;
export type ParticipantView = z.infer<typeof participantViewSchema>;
export type SessionView = z.infer<typeof sessionViewSchema>;
export type ReportBlock = z.infer<typeof reportBlockSchema>;
export type TableProblem = z.infer<typeof tableProblemSchema>;
