import * as z from "zod";
import { endpoint } from "./endpoint.ts";
import { jobSchema } from "./jobs.ts";
import { pathSchema } from "./media.ts";

/** Sets that labels make: faces or voices cut out of labelled clips, for training and evaluation. */

export const newDatasetSchema = z.strictObject({
  /** A folder of clips with their labels. */
  path: pathSchema,
  /** Of the set's folder, in that one. */
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,59}$/, "must be up to 60 letters, digits, - and _"),
  /** Whose labels count; without it the first tier of stretches. */
  tier: z.string().min(1).max(200).optional(),
  /** Share of the samples for testing, in whole persons. */
  test: z.number().min(0).max(0.9).default(0.2),
  /** A set of this name that is there is replaced. */
  replace: z.boolean().default(false),
});

const partSchema = z.object({
  samples: z.int().nonnegative(),
  subjects: z.array(z.string()).readonly(),
  /** Samples of each label. */
  labels: z.record(z.string(), z.int()),
});

export const madeDatasetSchema = z.object({
  folder: z.string(),
  tier: z.string(),
  kind: z.enum(["pictures", "sounds"]),
  samples: z.int().nonnegative(),
  subjects: z.int().nonnegative(),
  parts: z.object({ train: partSchema, test: partSchema }),
  /** What could not be cut, and why. */
  missed: z.array(z.object({ clip: z.string(), timeMs: z.number(), reason: z.string() })).readonly(),
  notes: z.array(z.string()).readonly(),
  /** A file beside the set for `edin train`; absent where there is nothing to learn. */
  training: z.string().optional(),
});

export const startDataset = endpoint({
  method: "post",
  path: "/api/datasets",
  summary:
    "Queues the cutting of faces or voices out of the labelled clips of a granted folder; a job of the kind dataset.",
  request: newDatasetSchema,
  response: z.object({ job: jobSchema }),
});

export const getDataset = endpoint({
  method: "get",
  path: "/api/datasets/:id",
  summary: "What a finished job made: samples by part and label, persons, what was missed.",
  request: z.strictObject({ id: z.uuid() }),
  response: z.object({ made: madeDatasetSchema }),
});

export type NewDataset = z.output<typeof newDatasetSchema>;
export type MadeDataset = z.infer<typeof madeDatasetSchema>;
export type DatasetPart = MadeDataset["parts"]["train"];
