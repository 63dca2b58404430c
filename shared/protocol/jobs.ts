import * as z from "zod";
import { failureSchema } from "./failure.ts";

/**
 * `queued` -> `running` -> `done | failed | cancelled`. `interrupted`: the process that ran it ended in the middle; its
 * partial files are gone, and `retry` starts it afresh.
 */
export const jobStateSchema = z.enum(["queued", "running", "done", "failed", "cancelled", "interrupted"]);

/** How far a job is, the same for every kind. */
export const jobProgressSchema = z.object({
  /** How much is done, 0 to 1; absent while that is not known. */
  share: z.number().min(0).max(1).optional(),
  /** For people, with its unit: "12.5 of 60.0 s", "epoch 3 of 10". */
  text: z.string().max(200),
  /** What the kind tells besides, for its own views. */
  detail: z.record(z.string(), z.unknown()).optional(),
});

/** What the store knows of a job, whatever its kind; its results are in files. */
export const jobSchema = z.object({
  id: z.uuid(),
  kind: z.string().regex(/^[a-z]+$/),
  state: jobStateSchema,
  /** What was asked, in the kind's own shape. */
  request: z.record(z.string(), z.unknown()),
  progress: jobProgressSchema.optional(),
  /** Of a failed or interrupted one. */
  failure: failureSchema.optional(),
  /** The process that runs it, or ran it last. */
  worker: z.string().optional(),
  createdAt: z.iso.datetime(),
  startedAt: z.iso.datetime().optional(),
  finishedAt: z.iso.datetime().optional(),
});

export type JobState = z.infer<typeof jobStateSchema>;
export type JobProgress = z.infer<typeof jobProgressSchema>;
export type Job = z.infer<typeof jobSchema>;
