import { csvCell } from "../csv.ts";
import type { StudyView } from "../protocol/studyRoutes.ts";
import { itemColumns } from "./responseTable.ts";

type Cells = readonly (string | number | undefined)[];
const line = (cells: Cells): string => `${cells.map(csvCell).join(",")}\r\n`;

export const responsesHeading = line(["participant", "session", "completedAt", ...itemColumns]);

/** The completed forms of a study, a line each, below {@link responsesHeading}. */
export function responseRows({ participants }: Pick<StudyView, "participants">): string {
  const rows = participants.flatMap(({ id, sessions }) =>
    sessions.flatMap(({ id: session, response }): Cells[] =>
      response?.completedAt === undefined
        ? []
        : [[id, session, response.completedAt, ...response.items.map((item) => item ?? undefined)]],
    ),
  );
  return rows.map(line).join("");
}

/** The completed forms of a study as `participant,session,completedAt,beq1,...,beq16`, which can be imported again. */
export const responsesCsv = (study: Pick<StudyView, "participants">): string =>
  responsesHeading + responseRows(study);
