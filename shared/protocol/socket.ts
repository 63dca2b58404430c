import * as z from "zod";
import { analysisRecordSchema, progressSchema } from "./analyses.ts";
import type { Failure } from "./failure.ts";
import { jobProgressSchema, jobSchema } from "./jobs.ts";
import { liveServerEvents, liveSocketRequests } from "./live.ts";

/** What the daemon tells by itself. */
export const serverEvents = {
  /** To those who watch this analysis, at most five times a second. */
  "analysis:progress": z.object({ id: z.uuid(), progress: progressSchema }),
  /** To everybody: it is new, or its state is another. */
  "analysis:changed": z.object({ analysis: analysisRecordSchema }),
  "analysis:deleted": z.object({ id: z.uuid() }),
  /** To everybody, of jobs of every kind; progress at most five times a second. */
  "job:changed": z.object({ job: jobSchema }),
  "job:progress": z.object({ id: z.uuid(), progress: jobProgressSchema }),
  "job:deleted": z.object({ id: z.uuid() }),
  /** To everybody: there are other networks, or other defaults. */
  "models:changed": z.object({}),
  ...liveServerEvents,
} as const;

/** What a client asks over the socket, with `emitWithAck` and a timeout. */
export const socketRequests = {
  /** From now on this socket gets the progress of the analysis. */
  "analysis:watch": {
    request: z.strictObject({ id: z.uuid() }),
    response: z.object({ analysis: analysisRecordSchema }),
  },
  "analysis:unwatch": { request: z.strictObject({ id: z.uuid() }), response: z.object({}) },
  ...liveSocketRequests,
} as const;

/** How long a client waits for the answer to a request. */
export function answerWithinMs(name: keyof typeof socketRequests): number {
  if (name === "live:say") return 300_000;
  // The end of a session is answered when its recording and its results are complete.
  return name === "live:end" ? 120_000 : 10_000;
}

export type Reply<Response extends object> = ({ ok: true } & Response) | ({ ok: false } & Failure);

/** Socket.IO's event maps. */
export type ServerEvents = {
  [Name in keyof typeof serverEvents]: (payload: z.infer<(typeof serverEvents)[Name]>) => void;
};
export type ClientEvents = {
  [Name in keyof typeof socketRequests]: (
    request: z.input<(typeof socketRequests)[Name]["request"]>,
    reply: (answer: Reply<z.infer<(typeof socketRequests)[Name]["response"]>>) => void,
  ) => void;
};
