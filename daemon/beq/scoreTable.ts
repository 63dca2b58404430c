import { beqReliability } from "../../shared/beq/reliability.ts";
import { readResponseTable } from "../../shared/beq/responseTable.ts";
import { scoreBeq, type BeqScore } from "../../shared/beq/scoring.ts";
import { csvCell } from "../../shared/csv.ts";
import { AppError } from "../../shared/errors.ts";
import { decodeTable } from "./decodeTable.ts";

export interface ScoredForm extends BeqScore {
  readonly participant: string;
  readonly session: string | undefined;
}

export interface ScoredTable {
  readonly forms: readonly ScoredForm[];
  /** Of this sample. */
  readonly reliability: ReturnType<typeof beqReliability>;
}

/** As many faults as are listed; the rest is counted. */
const mostListed = 20;

/**
 * Scores a CSV file of BEQ responses.
 * @throws AppError `invalid_csv` that names line and column of what is wrong
 */
export function scoreTable(bytes: Uint8Array): ScoredTable {
  const { rows, problems, participantColumn } = readResponseTable(decodeTable(bytes));
  const faults = problems.map(({ line, column, message }) => `Line ${line}, ${column || "row"}: ${message}`);
  const seen = new Map<string, number>();
  for (const { line, participant, session = "" } of rows) {
    const key = JSON.stringify([participant, session]);
    const before = seen.get(key);
    if (before === undefined) seen.set(key, line);
    else
      faults.push(
        `Line ${line}, ${participantColumn}: ${participant} has a form already, on line ${before}.`,
      );
  }
  if (faults.length > 0) {
    const rest = faults.length > mostListed ? `\n… and ${faults.length - mostListed} more.` : "";
    throw new AppError("invalid_csv", `${faults.slice(0, mostListed).join("\n")}${rest}`);
  }
  const answers = rows.map(({ items }) => items.map((item) => item ?? undefined));
  return {
    forms: rows.map(({ participant, session }, i) => ({ participant, session, ...scoreBeq(answers[i]!) })),
    reliability: beqReliability(answers),
  };
}

/** `participant,nex,pex,str,total`; a score that is not there is an empty cell. */
export function scoresCsv(forms: readonly ScoredForm[]): string {
  const rows = forms.map(({ participant, nex, pex, str, total }) =>
    [participant, ...[nex, pex, str, total].map((score) => score && rounded(score))].map(csvCell).join(","),
  );
  return `${["participant,nex,pex,str,total", ...rows].join("\n")}\n`;
}

const rounded = (value: number): number => Math.round(value * 1e6) / 1e6;
