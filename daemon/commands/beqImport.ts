import { Command } from "commander";
import type * as z from "zod";
import { AppError } from "../../shared/errors.ts";
import { importResponses } from "../../shared/protocol/studyRoutes.ts";
import { excerpt, printable } from "../../shared/text/printable.ts";
import { readUserFile } from "../text/readTextFile.ts";
import { toAbsolute } from "./absolute.ts";
import { inStudy } from "./inStudy.ts";
import { printJson, printTable } from "./output.ts";
import { addTableFlags, toTableOptions, type TableFlags } from "./tableFlags.ts";
import { counted } from "../../shared/text/counted.ts";

/** `edin beq import STUDY FILE.csv`. */
export function beqImportCommand(): Command {
  const command = new Command("import")
    .description(
      "Take over responses from a CSV file: own layout, REDCap, LimeSurvey or Qualtrics. All rows or none; forms that the study has stay.",
    )
    .argument("<study>", "id or name of a study")
    .argument("<file>", "the .csv", toAbsolute);
  return addTableFlags(command)
    .option("--data-dir <dir>", "the data folder", toAbsolute)
    .option("--json", "print JSON")
    .action(run);
}

async function run(
  study: string,
  file: string,
  options: TableFlags & { dataDir?: string; json?: true },
): Promise<void> {
  const table = toTableOptions(options);
  const bytes = await readUserFile(file);
  await inStudy(options, study, async (calls, id) => {
    const data = bytes.toString("base64");
    const answer = await calls.call(importResponses, { study: id, data, ...table });
    if (options.json) printJson(answer);
    const { problems, notes, changed } = answer;
    if (problems.length > 0) {
      const lines = problems.map(
        ({ line, column, message }) => `  line ${line}, ${excerpt(column) || "row"}: ${message}`,
      );
      throw new AppError(
        "invalid_csv",
        `Nothing was imported. Fix ${lines.length === 1 ? "this" : `these ${lines.length}`} and try again:\n${lines.join("\n")}`,
      );
    }
    if (options.json) return;
    process.stdout.write(`${importedText(answer)}\n`);
    for (const note of notes) process.stdout.write(`${printable(note)}\n`);
    if (changed.length === 0) return;
    process.stdout.write("The study keeps its own answers where the table has others:\n");
    printTable(
      ["LINE", "PARTICIPANT", "SESSION", "STORED -> TABLE"],
      changed.map(({ line, participant, session = "", items }) => [
        String(line),
        participant,
        session,
        items.map((one) => `beq${one.item}: ${one.stored ?? "none"} -> ${one.table ?? "none"}`).join(", "),
      ]),
    );
  });
}

function importedText({ imported, same, skipped, layout }: z.infer<typeof importResponses.response>): string {
  const forms = `${counted(imported, "form")} imported (${layout})`;
  const kept = same > 0 ? `, ${same} there already with the same answers` : "";
  return `${forms}${kept}${skipped > 0 ? `, ${counted(skipped, "line")} without answers left out` : ""}.`;
}
