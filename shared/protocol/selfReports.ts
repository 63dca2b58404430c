import * as z from "zod";
import { endpoint, okSchema } from "./endpoint.ts";
import { selfReportSchema } from "./studyFile.ts";
import { bySession } from "./studyRoutes.ts";

/** What a participant said that they felt during a part of a clip: one answer for each part. */

const { startMs, endMs, label } = selfReportSchema.shape;
const byPart = bySession.extend({ analysis: z.uuid() });

export const setSelfReport = endpoint({
  method: "put",
  path: "/api/study-sessions/:session/self-reports/:analysis",
  summary: "Writes down what the participant felt from `startMs` to `endMs` of an analysis of the session.",
  request: byPart.extend({ startMs, endMs, label }),
  response: okSchema,
});

export const deleteSelfReport = endpoint({
  method: "delete",
  path: "/api/study-sessions/:session/self-reports/:analysis",
  summary: "Removes the self-report of this part of the clip.",
  request: byPart.extend({ startMs: z.coerce.number(), endMs: z.coerce.number() }),
  response: okSchema,
});
