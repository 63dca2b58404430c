import { csvCell } from "../csv.ts";
import type { StudyView } from "../protocol/studyRoutes.ts";
import { itemColumns } from "./responseTable.ts";

/** The completed forms of a study as `participant,session,completedAt,beq1,...,beq16`, which can be imported again. */
export function responsesCsv({ participants }: StudyView): string {
  const rows = participants.flatMap(({ id, sessions }) =>
    sessions.flatMap(({ id: session, response }) =>
      response?.completedAt === undefined
        ? []
        : [[id, session, response.completedAt, ...response.items.map((item) => item ?? undefined)]],
    ),
  );
  const heading = ["participant", "session", "completedAt", ...itemColumns];
  return [heading, ...rows].map((cells) => `${cells.map(csvCell).join(",")}\r\n`).join("");
}
