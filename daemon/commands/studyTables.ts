import { facets } from "../../shared/beq/items.ts";
import { scoreBeq } from "../../shared/beq/scoring.ts";
import { expectedError } from "../../shared/gaze/text.ts";
import type { StudyView } from "../../shared/protocol/studyRoutes.ts";
import { printable } from "../../shared/text/printable.ts";
import { printTable } from "./output.ts";
import { counted } from "../../shared/text/counted.ts";

/** A study as a table of its sessions. */
export function printStudy({ name, consentVersions, participants }: StudyView): void {
  const version = consentVersions.at(-1)?.version ?? "none";
  process.stdout.write(
    `${name}: ${counted(participants.length, "participant")}, consent text version ${version}\n\n`,
  );
  printTable(
    [
      "PARTICIPANT",
      "CONSENT",
      "RETAIN UNTIL",
      "GAZE",
      "SESSION",
      "ANALYSES",
      "FORM",
      "NEX",
      "PEX",
      "STR",
      "TOTAL",
    ],
    participants.flatMap(({ id, consent, retainUntil, gazeCalibration: gaze, sessions }) => {
      const person = [id, consent?.version ?? "not given", retainUntil?.slice(0, 10) ?? "no date"];
      person.push(
        gaze ? `${gaze.madeAt.slice(0, 10)}, ${expectedError(gaze).afterDeg.toFixed(1)} degrees` : "none",
      );
      if (sessions.length === 0) return [[...person, "none"]];
      return sessions.map(({ id: session, analyses, response }) => {
        const cells = [...person, session, String(analyses.length)];
        if (response === undefined) return [...cells, "not begun"];
        const score = scoreBeq(response.items.map((item) => item ?? undefined));
        if (response.completedAt === undefined) return [...cells, `${score.answered} of 16`];
        const numbers = [...facets.map((facet) => score[facet]), score.total];
        return [...cells, response.source, ...numbers.map((number) => number?.toFixed(2) ?? "none")];
      });
    }),
  );
}

/** What a removal did not touch. */
export function tellLeftMedia(files: readonly string[]): void {
  if (files.length === 0) return;
  process.stdout.write("These clips are your own files and were left; delete them yourself:\n");
  for (const file of new Set(files)) process.stdout.write(`  ${printable(file)}\n`);
}
