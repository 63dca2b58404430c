import * as z from "zod";
import { endpoint, fileEndpoint } from "./endpoint.ts";
import { conditionSchema, spanNameSchema, studyIdSchema } from "./studyFile.ts";

/** The measures of a study by person, condition and event, as values over cells and measures. */

export const tableGrains = ["condition", "stimulus", "clip"] as const;

export const tableSettingsSchema = z.strictObject({
  /** Of the share of time over it. */
  threshold: z.number().min(-1).max(1).default(0.5),
  /** Parts of clips with this name are the baseline, instead of clips at rest. */
  baselineEvent: spanNameSchema.optional(),
  /** What makes a cell beside person, condition and event. */
  by: z.enum(tableGrains).default("condition"),
});

export const tableCellSchema = z.object({
  participant: studyIdSchema,
  /** Empty where clips have none. */
  condition: z.string(),
  stimulus: z.string().optional(),
  clip: z.string().optional(),
  /** `wholeClip` of studyFile.ts, or the name of an event. */
  event: z.string(),
  clips: z.int().positive(),
  occurrences: z.int().positive(),
  /** Length of all occurrences. */
  seconds: z.number().nonnegative(),
});

const value = z.number().nullable();

export const studyTableSchema = z.object({
  schemaVersion: z.literal(1),
  study: z.object({ id: studyIdSchema, name: z.string(), sha256: z.string() }),
  settings: tableSettingsSchema,
  /** Conditions and events in the order in which they first appear. */
  conditions: z.array(z.string()),
  events: z.array(z.string()),
  participants: z.array(z.object({ id: studyIdSchema, covariates: z.record(z.string(), z.number()) })),
  measures: z.array(
    z.object({
      name: z.string(),
      source: z.enum(["face", "voice", "fused", "behaviour"]),
      signal: z.string(),
      statistic: z.string(),
      unit: z.string(),
      description: z.string(),
    }),
  ),
  cells: z.array(tableCellSchema),
  /** `values[cell][measure]`; null where nothing was measured. */
  values: z.array(z.array(value)),
  /** The same minus the person's baseline; null where there is none. */
  changes: z.array(z.array(value)),
  /** What was left out or chosen, as sentences. */
  notes: z.array(z.string()),
  manifest: z.object({
    edin: z.string(),
    node: z.string(),
    models: z.array(z.object({ task: z.string(), id: z.string(), sha256: z.string() })),
    analyses: z.array(z.object({ id: z.string(), resultSha256: z.string(), edin: z.string() })),
  }),
});

export const getStudyTable = endpoint({
  method: "post",
  path: "/api/studies/:study/table",
  summary: "The measures of a study by person, condition and event. Nothing is stored.",
  request: z.strictObject({ study: studyIdSchema, ...tableSettingsSchema.shape }),
  response: z.object({ table: studyTableSchema }),
});

export const getStudyNotebook = fileEndpoint({
  method: "get",
  path: "/api/studies/:study/notebook.zip",
  summary:
    "The table of a study with its codebook, a notebook for Python (pandas, statsmodels) and a document for R (nlme), as one ZIP.",
  request: z.strictObject({
    study: studyIdSchema,
    ...tableSettingsSchema.shape,
    threshold: z.coerce.number().pipe(tableSettingsSchema.shape.threshold.unwrap()).default(0.5),
    /** The measure that is looked at first. */
    measure: z.string().max(100).default("face.valence.mean"),
  }),
  produces: ["application/zip"],
});

export const setClipFacts = endpoint({
  method: "put",
  path: "/api/study-sessions/:session/analyses/:analysis/facts",
  summary:
    "Says which condition and stimulus a clip of a session shows (null: none), and which parts of it are events. What is left out stays as it is.",
  request: z.strictObject({
    session: studyIdSchema,
    analysis: z.uuid(),
    condition: conditionSchema.nullable().optional(),
    stimulus: conditionSchema.nullable().optional(),
    spans: z
      .array(
        z.object({ startMs: z.number().nonnegative(), endMs: z.number().positive(), name: spanNameSchema }),
      )
      .max(10_000)
      .optional(),
  }),
  response: z.object({ ok: z.literal(true) }),
});

export type TableSettings = z.infer<typeof tableSettingsSchema>;
export type TableCell = z.infer<typeof tableCellSchema>;
export type StudyTable = z.infer<typeof studyTableSchema>;
