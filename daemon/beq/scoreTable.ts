import { beqReliability } from "../../shared/beq/reliability.ts";
import { scoreBeq, type BeqScore } from "../../shared/beq/scoring.ts";
import { csvCell } from "../../shared/csv.ts";
import { AppError } from "../../shared/errors.ts";
import { excerpt } from "../../shared/text/printable.ts";
import { readResponses, type ReadOptions } from "./readResponses.ts";

export interface ScoredForm extends BeqScore {
  readonly participant: string;
  readonly session: string | undefined;
}

export interface ScoredTable {
  /** What was chosen or left out, as sentences. */
  readonly notes: readonly string[];
  readonly forms: readonly ScoredForm[];
  /** Of this sample. */
  readonly reliability: ReturnType<typeof beqReliability>;
}

/** As many faults as are listed; the rest is counted. */
const maxListed = 20;

/**
 * Scores a CSV file of BEQ responses.
 * @throws AppError `invalid_csv` that names line and column of what is wrong
 */
export function scoreTable(bytes: Uint8Array, options: ReadOptions = {}): ScoredTable {
  const { rows, problems, participantColumn, notes } = readResponses(bytes, options);
  const faults = problems.map(
    ({ line, column, message }) => `Line ${line}, ${excerpt(column) || "row"}: ${message}`,
  );
  const seen = new Map<string, number>();
  for (const { line, participant, session = "" } of rows) {
    const key = JSON.stringify([participant, session]);
    const before = seen.get(key);
    if (before === undefined) seen.set(key, line);
    else
      faults.push(
        `Line ${line}, ${participantColumn}: ${excerpt(participant)} has a form already, on line ${before}.`,
      );
  }
  if (faults.length > 0) {
    const rest = faults.length > maxListed ? `\n… and ${faults.length - maxListed} more.` : "";
    throw new AppError("invalid_csv", `${faults.slice(0, maxListed).join("\n")}${rest}`);
  }
  const answers = rows.map(({ items }) => items.map((item) => item ?? undefined));
  return {
    notes,
    forms: rows.map(({ participant, session }, i) => ({ participant, session, ...scoreBeq(answers[i]!) })),
    reliability: beqReliability(answers),
  };
}

/**
 * `participant,nex,pex,str,total`, with `session` behind the participant where the table names sessions; a score that is not
 * there is an empty cell.
 */
export function scoresCsv(forms: readonly ScoredForm[]): string {
  const withSessions = forms.some(({ session }) => session !== undefined);
  const rows = forms.map(({ participant, session, nex, pex, str, total }) =>
    [
      participant,
      ...(withSessions ? [session] : []),
      ...[nex, pex, str, total].map((score) => score && rounded(score)),
    ]
      .map(csvCell)
      .join(","),
  );
  const heading = `participant,${withSessions ? "session," : ""}nex,pex,str,total`;
  return `${[heading, ...rows].join("\n")}\n`;
}

const rounded = (value: number): number => Math.round(value * 1e6) / 1e6;
