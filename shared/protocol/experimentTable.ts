import * as z from "zod";
import { exportNameSchema } from "./analyses.ts";
import { endpoint, fileEndpoint } from "./endpoint.ts";
import { pathSchema } from "./media.ts";
import { instantSchema } from "./text.ts";

/**
 * `experiment.json` among the results of an experiment: its analyses with their figures, from the start on, written anew while
 * it runs.
 */

export const experimentTableName = "experiment.json";

export const experimentRowSchema = z.object({
  run: z.string(),
  /** Path of the clip from the experiment's folder, with slashes. */
  clip: z.string(),
  /** From 1. */
  repeat: z.int().positive(),
  state: z.enum(["waiting", "running", "done", "failed"]),
  /** Of one that runs: how far into the clip, 0 to 1, and how fast it reads. */
  share: z.number().min(0).max(1).optional(),
  framesPerSecond: z.number().nonnegative().optional(),
  failure: z.string().optional(),
  /** By column; what could not be measured is left out. */
  values: z.record(z.string(), z.union([z.number(), z.string()])),
  /** Where its results and its clip lie, from the folder of the table. */
  folder: z.string().max(4096),
  media: z.string().max(4096),
});

export const experimentTableSchema = z.object({
  schemaVersion: z.literal(1),
  title: z.string(),
  /** `stopped`: by its user, or because it is not heard of any more. */
  state: z.enum(["running", "done", "stopped"]),
  startedAt: instantSchema,
  updatedAt: instantSchema,
  /** Names of values, in their order. */
  columns: z.array(z.string()),
  rows: z.array(experimentRowSchema),
});

export const listExperiments = endpoint({
  method: "get",
  path: "/api/experiments",
  summary: "Experiments whose results lie in granted folders, the newest first.",
  request: z.strictObject({}),
  response: z.object({
    experiments: z.array(
      z.object({
        /** The folder of its results. */
        path: pathSchema,
        ...experimentTableSchema.pick({ title: true, state: true, startedAt: true }).shape,
        analyses: z.int().nonnegative(),
        done: z.int().nonnegative(),
        failed: z.int().nonnegative(),
      }),
    ),
  }),
});

export const getExperiment = endpoint({
  method: "get",
  path: "/api/experiments/table",
  summary: "The table of an experiment by the folder of its results, also while it runs.",
  request: z.strictObject({ path: pathSchema }),
  response: z.object({ table: experimentTableSchema }),
});

const rowOf = { path: pathSchema, row: z.coerce.number().int().nonnegative() } as const;

export const getExperimentFile = fileEndpoint({
  method: "get",
  path: "/api/experiments/file",
  summary: "A result file of one analysis of an experiment, by its row in the table.",
  request: z.strictObject({ ...rowOf, name: exportNameSchema }),
  produces: ["application/json", "application/jsonl", "text/csv", "application/xml"],
});

export const getExperimentClip = fileEndpoint({
  method: "get",
  path: "/api/experiments/clip",
  summary: "The clip of one analysis of an experiment, if it lies in a granted folder.",
  request: z.strictObject(rowOf),
  produces: ["video/*", "audio/*", "image/*"],
});

/**
 * How a page names results wherever they lie: an analysis of the daemon by its id, one of an experiment as `row@folder`.
 */
export const resultIdSchema = z.union([
  z.uuid(),
  z
    .string()
    .regex(/^\d+@.+$/s)
    .max(4200),
]);

/** The row of an experiment that a result id names; undefined for an analysis of the daemon. */
export function experimentResult(id: string): { path: string; row: number } | undefined {
  const [, row, path] = /^(\d+)@(.+)$/s.exec(id) ?? [];
  return row === undefined || path === undefined ? undefined : { path, row: Number(row) };
}

/** The name of a result of an experiment; see {@link experimentResult}. */
export const experimentResultId = (path: string, row: number): string => `${row}@${path}`;

export type ExperimentRow = z.infer<typeof experimentRowSchema>;
export type ExperimentTable = z.infer<typeof experimentTableSchema>;
export type ListedExperiment = z.infer<typeof listExperiments.response>["experiments"][number];
