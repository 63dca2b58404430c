import * as z from "zod";
import { instantSchema } from "./text.ts";
import { beqItemCount, highestAnswer, lowestAnswer } from "../beq/items.ts";
import { expressionLabels } from "../emotion/labels.ts";
import { gazeCalibrationSchema } from "./gazeCalibration.ts";

/**
 * A study as it stands on disk: a folder, or a zip of it, with `study.json` (one {@link studySchema}), optionally
 * `cutoffs.json` ({@link cutoffsSchema}), and `analyses/<id>/` with the result files of each analysis it names.
 */

/** A pseudonym or an id: safe as the name of a file on every system. Never a name of a person. */
export const studyIdSchema = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, "1 to 64 letters, digits, _ or -");

const answerSchema = z.int().min(lowestAnswer).max(highestAnswer).nullable();

/** One filled-in form; null where an item was not answered. */
export const responseSchema = z.object({
  id: studyIdSchema,
  completedAt: instantSchema,
  source: z.enum(["form", "csv", "redcap", "limesurvey", "qualtrics"]),
  items: z.array(answerSchema).length(beqItemCount),
});

/**
 * What an analysis of a session shows: the person at rest (`baseline`), the person while something moves them
 * (`stimulus`), or anything else, which no index is computed from.
 */
export const analysisRoleSchema = z.enum(["baseline", "stimulus", "other"]);

/** A condition of the design or a stimulus, as tables name it. */
export const conditionSchema = z.string().trim().min(1).max(100);
/** The event of all that is in a clip. */
export const wholeClip = "clip";
/** The name of an event: a part of a clip that measures are taken over. */
export const spanNameSchema = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .refine((name) => name !== wholeClip, `an event cannot be called "${wholeClip}"`);

/** A part of a clip that has a name. */
export const clipSpanSchema = z.object({
  startMs: z.number().nonnegative(),
  endMs: z.number().positive(),
  name: spanNameSchema,
});

/** A face of an analysis, by the number of its track. */
export const faceNumberSchema = z.int().min(1).max(1_000_000);

/** The name of a visit or an event. */
export const visitLabelSchema = z.string().trim().min(1).max(100);

export const studySessionSchema = z.object({
  id: studyIdSchema,
  /** Which visit or event of the study it is, as tables of responses name it. */
  label: visitLabelSchema.optional(),
  startedAt: instantSchema,
  analyses: z.array(
    z.object({
      id: studyIdSchema,
      role: analysisRoleSchema,
      condition: conditionSchema.optional(),
      stimulus: conditionSchema.optional(),
      spans: z.array(clipSpanSchema).max(10_000).optional(),
      /** The participant's face, where somebody said which it is. */
      face: faceNumberSchema.optional(),
    }),
  ),
  response: responseSchema.optional(),
  recordings: z.array(
    z.object({
      id: studyIdSchema,
      /** File name without folders. */
      name: z
        .string()
        .min(1)
        .max(255)
        .regex(/^(?!\.)[^/\\]+$/, "the name of a file, without folders"),
      sha256: z
        .string()
        .regex(/^[0-9a-f]{64}$/)
        .optional(),
    }),
  ),
});

/** What a participant said that they felt during a part of a clip. */
export const selfReportSchema = z.object({
  sessionId: studyIdSchema,
  analysisId: studyIdSchema,
  startMs: z.number().nonnegative(),
  endMs: z.number().positive(),
  label: z.enum(expressionLabels),
});

export const participantSchema = z.object({
  id: studyIdSchema,
  createdAt: instantSchema,
  /** After this moment the participant's data are to be deleted. */
  retainUntil: instantSchema.optional(),
  consent: z
    .object({
      version: z.string().min(1).max(100),
      givenAt: instantSchema,
      /** Who took the consent. */
      givenBy: z.string().min(1).max(200),
    })
    .optional(),
  /** Such as age: what the correlations are held against as well. */
  covariates: z.record(z.string().min(1).max(100), z.number()),
  /** How their gaze is corrected. */
  gazeCalibration: gazeCalibrationSchema.optional(),
  sessions: z.array(studySessionSchema),
  selfReports: z.array(selfReportSchema).optional(),
});

/** What an archive of a study holds at most. */
export const archiveLimits = { participants: 100_000, files: 200_000 } as const;

export const studySchema = z
  .object({
    schemaVersion: z.literal(1),
    id: studyIdSchema,
    name: z.string().min(1).max(200),
    createdAt: instantSchema,
    consentVersions: z.array(
      z.object({ version: z.string().min(1).max(100), text: z.string().max(100_000) }),
    ),
    participants: z.array(participantSchema).max(archiveLimits.participants),
  })
  .superRefine(({ consentVersions, participants }, context) => {
    const problem = (path: (string | number)[], message: string) =>
      context.addIssue({ code: "custom", path: ["participants", ...path], message });
    const versions = new Set(consentVersions.map(({ version }) => version));
    const people = new Set<string>();
    const sessions = new Set<string>();
    const analyses = new Set<string>();
    for (const [i, person] of participants.entries()) {
      if (people.has(person.id)) problem([i, "id"], "this participant is there twice");
      people.add(person.id);
      if (person.consent && !versions.has(person.consent.version))
        problem([i, "consent", "version"], "there is no such version of the consent text");
      const own = new Set<string>();
      for (const [j, session] of person.sessions.entries()) {
        if (sessions.has(session.id)) problem([i, "sessions", j, "id"], "this session is there twice");
        sessions.add(session.id);
        for (const [k, { id, spans = [] }] of session.analyses.entries()) {
          if (analyses.has(id))
            problem([i, "sessions", j, "analyses", k, "id"], "this analysis is linked twice");
          if (spans.some(({ startMs, endMs }) => endMs <= startMs))
            problem([i, "sessions", j, "analyses", k, "spans"], "the end has to come after the start");
          analyses.add(id);
          own.add(`${session.id} ${id}`);
        }
      }
      for (const [j, report] of (person.selfReports ?? []).entries()) {
        if (!own.has(`${report.sessionId} ${report.analysisId}`))
          problem([i, "selfReports", j, "analysisId"], "the session has no such analysis");
        if (report.endMs <= report.startMs)
          problem([i, "selfReports", j, "endMs"], "the end has to come after the start");
      }
    }
  });

/** Lower ends of `mid` and `high` on the questionnaire's scale: below the first is low, from the second on high. */
const cutPair = z
  .tuple([z.number().min(lowestAnswer).max(highestAnswer), z.number().min(lowestAnswer).max(highestAnswer)])
  .refine(([mid, high]) => mid < high, "the first cut-off has to be below the second");

/** `cutoffs.json`: fixed before the data are looked at; the report prints its SHA-256. */
export const cutoffsSchema = z.strictObject({
  schemaVersion: z.literal(1),
  /** When they were fixed, as the authors say. */
  fixedAt: instantSchema.optional(),
  /** Where they come from. Shown as text. */
  source: z.string().max(1000).optional(),
  nex: cutPair,
  pex: cutPair,
  str: cutPair,
});

export type Study = z.infer<typeof studySchema>;
export type Participant = z.infer<typeof participantSchema>;
export type StudySession = z.infer<typeof studySessionSchema>;
export type BeqResponse = z.infer<typeof responseSchema>;
export type ClipSpan = z.infer<typeof clipSpanSchema>;
export type SelfReport = z.infer<typeof selfReportSchema>;
export type Cutoffs = z.infer<typeof cutoffsSchema>;
