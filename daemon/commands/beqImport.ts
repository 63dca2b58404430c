import { readFile } from "node:fs/promises";
import { Command } from "commander";
import { AppError } from "../../shared/errors.ts";
import { importResponses } from "../../shared/protocol/studies.ts";
import { toAbsolute } from "./absolute.ts";
import { printJson } from "./output.ts";
import { inStudy } from "./inStudy.ts";

/** `edin beq import STUDY FILE.csv`. */
export function beqImportCommand(): Command {
  return new Command("import")
    .description("Take over responses from a CSV file: own layout, REDCap or LimeSurvey. All rows or none.")
    .argument("<study>", "id or name of a study")
    .argument("<file>", "the .csv", toAbsolute)
    .option("--data-dir <dir>", "the data folder", toAbsolute)
    .option("--json", "print JSON")
    .action(run);
}

async function run(study: string, file: string, options: { dataDir?: string; json?: true }): Promise<void> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new AppError("invalid_path", `${file} cannot be read. Check its name.`, { cause });
  });
  await inStudy(options, study, async (calls, id) => {
    const answer = await calls.call(importResponses, { study: id, data: bytes.toString("base64") });
    if (options.json) printJson(answer);
    if (answer.problems.length > 0) {
      const lines = answer.problems.map(
        ({ line, column, message }) => `  line ${line}, ${column}: ${message}`,
      );
      throw new AppError(
        "invalid_csv",
        `Nothing was imported. Mend these ${lines.length} and try again:\n${lines.join("\n")}`,
      );
    }
    const skipped = answer.skipped > 0 ? `, ${answer.skipped} lines without answers left out` : "";
    if (!options.json)
      process.stdout.write(`${answer.imported} forms imported (${answer.layout})${skipped}.\n`);
  });
}
