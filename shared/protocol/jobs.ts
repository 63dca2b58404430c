import * as z from "zod";
import { instantSchema } from "./text.ts";
import { byId, endpoint } from "./endpoint.ts";
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
  /** Higher ones are taken first. */
  priority: z.int(),
  /** The user or study that asked; of equal priority those that wait take turns. */
  owner: z.string(),
  /** The end of what was logged of its last run, one JSON object a line; only where one job is asked for. */
  log: z.string().optional(),
  /** The process that runs it, or ran it last. */
  worker: z.string().optional(),
  createdAt: instantSchema,
  startedAt: instantSchema.optional(),
  finishedAt: instantSchema.optional(),
});

export type JobState = z.infer<typeof jobStateSchema>;
export type JobProgress = z.infer<typeof jobProgressSchema>;
export type Job = z.infer<typeof jobSchema>;
export type Queue = z.infer<typeof getQueue.response>;

const one = z.object({ job: jobSchema });

export const listJobs = endpoint({
  method: "get",
  path: "/api/jobs",
  summary:
    "Jobs of every kind, the newest first. `before` is the createdAt of the last one of the page before. `order=next`: those that wait, in the order in which they are taken if none ends meanwhile, `skip` of them left out.",
  request: z.strictObject({
    order: z.enum(["newest", "next"]).default("newest"),
    skip: z.coerce.number().int().min(0).max(100_000).default(0),
    kind: jobSchema.shape.kind.optional(),
    state: jobStateSchema.optional(),
    before: instantSchema.optional(),
    limit: z.coerce.number().int().min(1).max(200).default(50),
  }),
  response: z.object({ jobs: z.array(jobSchema) }),
});

export const getJob = endpoint({
  method: "get",
  path: "/api/jobs/:id",
  summary: "State and progress of a job, whatever its kind.",
  request: byId,
  response: one,
});

export const cancelJob = endpoint({
  method: "post",
  path: "/api/jobs/:id/cancel",
  summary: "Stops a job that is queued or running; its partial files are removed.",
  request: byId,
  response: one,
});

export const retryJob = endpoint({
  method: "post",
  path: "/api/jobs/:id/retry",
  summary: "Queues a job again that failed, was cancelled or was interrupted.",
  request: byId,
  response: one,
});

/** Who may be named as the owner of a job. */
export const ownerSchema = z.string().min(1).max(100);
export const prioritySchema = z.int().min(-100).max(100);

export const setJobPriority = endpoint({
  method: "post",
  path: "/api/jobs/:id/priority",
  summary: "Says how urgent a job is that waits: higher ones are taken first, 0 is usual.",
  request: byId.extend({ priority: prioritySchema }),
  response: one,
});

export const getQueue = endpoint({
  method: "get",
  path: "/api/queue",
  summary:
    "How many jobs of each kind wait, run and ended, by owner and by worker, and which kinds are paused.",
  request: z.strictObject({}),
  response: z.object({
    kinds: z.array(
      z.object({
        kind: jobSchema.shape.kind,
        states: z.partialRecord(jobStateSchema, z.int()),
        paused: z.boolean(),
        /** Until none waits or runs, at the pace of the last ten minutes; absent while that is not known. */
        secondsLeft: z.number().nonnegative().optional(),
      }),
    ),
    /** By the process that runs or last ran them: those that run, and how those that it ended did; the busiest first. */
    workers: z.array(z.object({ worker: z.string(), running: z.int(), done: z.int(), failed: z.int() })),
    /** Jobs that wait, by the user or study that asked. */
    owners: z.array(z.object({ owner: z.string(), queued: z.int() })),
    /** By the clock of the database, which the times of jobs are of. */
    now: instantSchema,
  }),
});

export const pauseQueue = endpoint({
  method: "post",
  path: "/api/queue/:kind/pause",
  summary: "No job of the kind is begun until it is resumed, on no machine; those that run go on.",
  request: z.strictObject({ kind: jobSchema.shape.kind }),
  response: z.object({ ok: z.literal(true) }),
});

export const resumeQueue = endpoint({
  method: "post",
  path: "/api/queue/:kind/resume",
  summary: "Jobs of the kind are begun again.",
  request: z.strictObject({ kind: jobSchema.shape.kind }),
  response: z.object({ ok: z.literal(true) }),
});

export const deleteJob = endpoint({
  method: "delete",
  path: "/api/jobs/:id",
  summary: "Removes a job and its results; one that runs is stopped first.",
  request: byId,
  response: z.object({ ok: z.literal(true) }),
});
