import path from "node:path";
import { Option, type Command } from "commander";
import { AppError } from "../../shared/errors.ts";
import {
  getStudyTable,
  tableGrains,
  type StudyTable,
  type TableSettings,
} from "../../shared/protocol/studyTable.ts";
import { toAbsolute } from "./absolute.ts";
import { inStudy, type Leaf, type StudyOptions } from "./inStudy.ts";
import { counted } from "../../shared/text/counted.ts";

export interface StudyTableOptions extends StudyOptions {
  threshold: number;
  baselineEvent?: string;
  by: TableSettings["by"];
}

/** `edin study table STUDY --out FILE`. */
export function tableCommand(leaf: Leaf): Command {
  return withTableOptions(
    leaf(
      "table <study>",
      "Write the measures of a study as a tidy table: one row a person, condition, event and measure. STUDY is also a study folder or an archive.",
    ).requiredOption("--out <file>", "the .csv or .parquet to write; a codebook goes beside it", toAbsolute),
  ).action(async (study: string, options: StudyTableOptions & { out: string }) => {
    const kind = path.extname(options.out).toLowerCase();
    if (kind !== ".csv" && kind !== ".parquet")
      throw new AppError("invalid_request", `${options.out} is neither .csv nor .parquet. Name one of them.`);
    const table = await readStudyTable(study, options);
    const [{ tableCsv, codebook }, { tableParquet }] = await Promise.all([
      import("../../shared/study/tidyTable.ts"),
      import("../studies/table/parquet.ts"),
    ]);
    const { writeFileAtomic } = await import("../store/files.ts");
    const book = options.out.slice(0, -kind.length) + ".codebook.md";
    await writeFileAtomic(
      options.out,
      kind === ".csv" ? [...tableCsv(table)].join("") : await tableParquet(table),
    );
    await writeFileAtomic(book, codebook(table));
    tellTable(table, [options.out, book]);
  });
}

/** The options that say how measures are made. */
export function withTableOptions(command: Command): Command {
  return command
    .option("--threshold <value>", "of the share of time over it (default: 0.5)", toThreshold, 0.5)
    .option("--baseline-event <name>", "take the events of this name as the baseline, not clips at rest")
    .addOption(
      new Option("--by <grain>", "what makes a row beside person, condition and event")
        .choices(tableGrains)
        .default("condition"),
    );
}

/** The table of a study of the data folder, of a study folder or of an archive. */
export async function readStudyTable(
  study: string,
  { dataDir, threshold, baselineEvent, by }: StudyTableOptions,
): Promise<StudyTable> {
  const settings = { threshold, by, ...(baselineEvent !== undefined && { baselineEvent }) };
  const { loadStudy } = await import("../beq/loadStudy.ts");
  const opened = await loadStudy(path.resolve(study));
  if (opened !== undefined) {
    await using source = opened;
    const { tabulate } = await import("../studies/table/tabulate.ts");
    return await tabulate(source, settings, tellProgress);
  }
  let table: StudyTable | undefined;
  await inStudy({ ...(dataDir !== undefined && { dataDir }) }, study, async (calls, id) => {
    ({ table } = await calls.call(getStudyTable, { study: id, ...settings }));
  });
  return table!;
}

function tellProgress(done: number, total: number): void {
  if (process.stderr.isTTY)
    process.stderr.write(`\r${done} of ${counted(total, "participant")}${done === total ? "\n" : ""}`);
}

/** What was made, and what the table does not hold. */
export function tellTable({ cells, measures, notes }: StudyTable, files: readonly string[]): void {
  process.stdout.write(`${counted(cells.length, "cell")} of ${counted(measures.length, "measure")}\n`);
  for (const note of notes) process.stdout.write(`${note}\n`);
  for (const file of files) process.stdout.write(`${file}\n`);
}

function toThreshold(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= -1 && value <= 1))
    throw new AppError(
      "invalid_request",
      `"${text}" is no threshold. Give a number from -1 to 1, such as 0.5.`,
    );
  return value;
}
