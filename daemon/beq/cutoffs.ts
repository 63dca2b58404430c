import * as z from "zod";
import { AppError } from "../../shared/errors.ts";
import { refuseBadTexts } from "../../shared/protocol/text.ts";
import { cutoffsSchema, type Cutoffs } from "../../shared/protocol/studyFile.ts";

/** Reads the text of a `cutoffs.json`. @throws AppError `invalid_config`, `invalid_request` */
export function parseCutoffs(text: string): Cutoffs {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new AppError("invalid_config", "The cut-offs are not JSON. Fix the file.", { cause });
  }
  refuseBadTexts(value);
  const parsed = cutoffsSchema.safeParse(value);
  if (!parsed.success)
    throw new AppError("invalid_config", `Fix the cut-offs: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
