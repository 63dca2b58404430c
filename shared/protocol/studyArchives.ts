import * as z from "zod";
import { endpoint, fileEndpoint, okSchema } from "./endpoint.ts";
import { pathSchema } from "./media.ts";
import { byStudy, studySummarySchema } from "./studyRoutes.ts";

export const getArchive = fileEndpoint({
  method: "get",
  path: "/api/studies/:study/archive",
  summary: "The whole study as a zip: study.json, results, recordings, and a list of hashes.",
  request: byStudy,
  produces: ["application/zip"],
});

export const importStudy = endpoint({
  method: "post",
  path: "/api/studies/import",
  summary: "Takes a study over from an archive on this machine; as a whole or not at all.",
  access: "token",
  request: z.strictObject({ path: pathSchema }),
  response: z.object({ study: studySummarySchema.pick({ id: true }) }),
});

const importProgressSchema = z.object({
  step: z.enum(["reading", "unpacking", "storing"]),
  done: z.int().nonnegative(),
  /** 0: not known yet. */
  total: z.int().nonnegative(),
});
const studyImportSchema = importProgressSchema.extend({ id: z.uuid(), path: pathSchema });

export const listImports = endpoint({
  method: "get",
  path: "/api/study-imports",
  summary: "Archives that are being taken over, and how far that is.",
  request: z.strictObject({}),
  response: z.object({ imports: z.array(studyImportSchema) }),
});

export const cancelImport = endpoint({
  method: "post",
  path: "/api/study-imports/:id/cancel",
  summary: "Stops taking an archive over: nothing of it stays, and whoever asked for it hears `cancelled`.",
  request: z.strictObject({ id: z.uuid() }),
  response: okSchema,
});

export type ImportProgress = z.infer<typeof importProgressSchema>;
export type StudyImport = z.infer<typeof studyImportSchema>;
