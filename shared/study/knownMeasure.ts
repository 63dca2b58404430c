import { AppError } from "../errors.ts";
import type { StudyTable } from "../protocol/studyTable.ts";

/** The name of a measure, where the table has it. @throws AppError `invalid_request` */
export function knownMeasure({ measures }: StudyTable, asked: string): string {
  if (measures.some(({ name }) => name === asked)) return asked;
  throw new AppError(
    "invalid_request",
    `There is no measure ${asked}. Names are as face.happy.mean; the codebook of edin study table lists them.`,
  );
}
