import { interviewSchema, type Interview } from "../../shared/protocol/interview.ts";
import { parseDocumentFile } from "./documentFile.ts";

/** Reads an interview file. @throws AppError `invalid_interview` that names line and column of each fault. */
export function parseInterview(text: string): Interview {
  const kind = { schema: interviewSchema, code: "invalid_interview", name: "interview" } as const;
  return parseDocumentFile(text, kind).parsed;
}
