import * as z from "zod";
import { endpoint } from "./endpoint.ts";
import { jobSchema, type Job } from "./jobs.ts";
import { pathSchema } from "./media.ts";
import { trainingEventSchema } from "./training.ts";

/** What a job of the kind `training` holds: the file, and what stood in it when it was asked for. */
export const trainingRequestSchema = z.strictObject({
  file: pathSchema,
  written: z.record(z.string(), z.unknown()),
});

/** What is trained, as the file says it. */
export const trainingTitle = ({ request }: Job): string =>
  String((request["written"] as Readonly<Record<string, unknown>>)["title"]);

/** What such a job tells of its progress, besides share and text. */
export const trainingDetailSchema = z.object({
  /** Events that there are to read. */
  events: z.int(),
  title: z.string(),
  secondsLeft: z.number().optional(),
});

const byId = z.strictObject({ id: z.uuid() });

export const startTraining = endpoint({
  method: "post",
  path: "/api/trainings",
  summary:
    "Queues a training as a *.training.yaml file in a granted folder says it; a job of the kind training.",
  request: z.strictObject({ file: pathSchema }),
  response: z.object({ job: jobSchema }),
});

export const getTraining = endpoint({
  method: "get",
  path: "/api/trainings/:id",
  summary:
    "A training and what it has told: its plan, each epoch, the figures of each network. `after`: how many of the events are known already; one that was begun anew has fewer.",
  request: byId.extend({ after: z.coerce.number().int().min(0).default(0) }),
  response: z.object({ job: jobSchema, events: z.array(trainingEventSchema), total: z.int() }),
});

export const previewDenoise = endpoint({
  method: "get",
  path: "/api/trainings/:id/denoise",
  summary:
    "A picture of a training's set as it is (template 0) and without noise, at several templates. `at`: which one, counted around.",
  request: byId.extend({ at: z.coerce.number().int().min(0).default(0) }),
  response: z.object({
    path: z.string(),
    total: z.int(),
    search: z.int(),
    h: z.number(),
    hColor: z.number(),
    pictures: z.array(z.object({ template: z.int(), picture: z.string().startsWith("data:image/jpeg;") })),
  }),
});

export const stopTraining = endpoint({
  method: "post",
  path: "/api/trainings/:id/stop",
  summary: "Ends a training with the epoch that it is in; the best network so far is kept.",
  request: byId,
  response: z.object({ job: jobSchema }),
});
