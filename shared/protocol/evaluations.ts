import * as z from "zod";
import { endpoint } from "./endpoint.ts";
import { jobSchema } from "./jobs.ts";
import { pathSchema } from "./media.ts";
import { calibrationSchema, modelIdSchema } from "./models.ts";

/** A network on a labelled set of the user's: how well it does, on whom, and how sure it should be. */

export const newEvaluationSchema = z.strictObject({
  model: modelIdSchema,
  /** A folder of labelled files. */
  set: pathSchema,
  /** crop: each picture is the face (or eye). detect: it is found first. */
  faces: z.enum(["crop", "detect"]).default("crop"),
  /** A table with a column subject (or path) and one for each attribute that somebody recorded. */
  groups: pathSchema.optional(),
  /** Another network of the task, held against it on the same files. */
  against: modelIdSchema.optional(),
  /** Instead of figures: fits how sure it is. bias: for each label too. */
  calibrate: z.enum(["temperature", "bias"]).optional(),
});

const interval = z.tuple([z.number(), z.number()]).readonly();

/** How a network does on one group of people. */
export const groupFiguresSchema = z.object({
  /** What all of them have in common, by the columns of the table. */
  group: z.record(z.string(), z.string()),
  n: z.int(),
  subjects: z.int(),
  accuracy: z.number(),
  accuracyInterval: interval.optional(),
  uar: z.number(),
  uarInterval: interval.optional(),
  /** Too few to be judged: no test is made, and its figures mean little. */
  small: z.boolean(),
  /** Accuracy less that of all others. */
  difference: z.number().optional(),
  /** Of that difference: permutation of people, and after Holm over all tests of the table. */
  p: z.number().optional(),
  pHolm: z.number().optional(),
});
export type GroupFigures = z.infer<typeof groupFiguresSchema>;

export const groupsResultSchema = z.object({
  columns: z.array(z.string()).readonly(),
  groups: z.array(groupFiguresSchema).readonly(),
  /** Files that the table says nothing about. */
  unknown: z.int(),
  notes: z.array(z.string()).readonly(),
});
export type GroupsResult = z.infer<typeof groupsResultSchema>;

const difference = z.object({ value: z.number(), interval: interval.optional() });

export const evaluationSchema = z.object({
  model: z.string(),
  task: z.string(),
  n: z.int(),
  missed: z.int(),
  accuracy: z.number(),
  accuracyInterval: interval,
  intervalMethod: z.string(),
  macroF1: z.number(),
  uar: z.number(),
  majorityBaseline: z.number(),
  ece: z.number().optional(),
  perClass: z.record(
    z.string(),
    z.object({ n: z.int(), precision: z.number(), recall: z.number(), f1: z.number() }),
  ),
  notes: z.array(z.string()),
  unreadable: z.object({ count: z.int() }),
  groups: groupsResultSchema.optional(),
  comparison: z
    .object({
      against: z.string(),
      n: z.int(),
      difference: z.object({ accuracy: difference, macroF1: difference, uar: difference }),
      intervalMethod: z.string(),
      mcnemar: z.object({ p: z.number() }),
    })
    .optional(),
});
export type Evaluation = z.infer<typeof evaluationSchema>;

export const evaluatedSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("figures"), figures: evaluationSchema }),
  z.object({
    kind: z.literal("calibration"),
    model: z.string(),
    calibration: calibrationSchema,
    notes: z.array(z.string()),
  }),
]);
export type Evaluated = z.infer<typeof evaluatedSchema>;

export const startEvaluation = endpoint({
  method: "post",
  path: "/api/evaluations",
  summary:
    "Queues the measuring of a network on a labelled set in a granted folder, or the fitting of how sure it is; a job of the kind evaluation.",
  request: newEvaluationSchema,
  response: z.object({ job: jobSchema }),
});

export const getEvaluation = endpoint({
  method: "get",
  path: "/api/evaluations/:id",
  summary: "What a finished job found: figures, by group where a table was given; or the calibration.",
  request: z.strictObject({ id: z.uuid() }),
  response: z.object({ evaluated: evaluatedSchema }),
});

export const resetCalibration = endpoint({
  method: "delete",
  path: "/api/models/:id/calibration",
  summary: "Takes the calibration of a network away: it is as sure again as it was trained to be.",
  request: z.strictObject({ id: modelIdSchema }),
  response: z.object({ id: modelIdSchema }),
});
