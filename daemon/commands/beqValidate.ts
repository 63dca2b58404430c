import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { Command } from "commander";
import { AppError } from "../../shared/errors.ts";
import { readUserFile } from "../text/readTextFile.ts";
import type { Validation } from "../../shared/beq/validation/validate.ts";
import type { StudySource } from "../beq/studySource.ts";
import { toAbsolute } from "./absolute.ts";
import { formatTable } from "./output.ts";
import { inStudy } from "./inStudy.ts";
import { exportStudyTo } from "./studyExport.ts";
import { counted } from "../../shared/text/counted.ts";

interface Options {
  dataDir?: string;
  out?: string;
  cutoffs?: string;
  covariate?: string[];
  minCoverage?: number;
  resamples?: number;
  seed?: number;
  json?: true;
}

/** `edin beq validate STUDY`. */
export function beqValidateCommand(): Command {
  return new Command("validate")
    .description("Hold the model's output against the questionnaires of a study, and write a report.")
    .argument("<study>", "a study folder, an archive, or the id or name of a study in the data folder")
    .option("--data-dir <dir>", "the data folder", toAbsolute)
    .option("--out <dir>", "folder of the report (default: <study id>.beq in the current folder)", toAbsolute)
    .option("--cutoffs <file>", "cutoffs.json, fixed beforehand, instead of the study's own", toAbsolute)
    .option("--covariate <name...>", "covariates to hold constant, each by itself (default: all, up to 50)")
    .option("--min-coverage <share>", "least share of frames with a trusted face (default: 0.5)", share)
    .option("--resamples <n>", "of each bootstrap (default: 9999)", count(99, 1_000_000))
    .option("--seed <n>", "of every random draw (default: 1)", count(0, 0xffffffff))
    .option("--json", "print report.json instead of the summary")
    .action(run);
}

async function run(asked: string, options: Options): Promise<void> {
  const { loadStudy } = await import("../beq/loadStudy.ts");
  const opened = await loadStudy(path.resolve(asked));
  if (opened === undefined) {
    await fromStore(asked, options);
    return;
  }
  await using source = opened;
  await report(source, options);
}

/** A study of the data folder is read as its archive, so that a running daemon is asked and nothing changes meanwhile. */
async function fromStore(asked: string, options: Options): Promise<void> {
  const { openStudyArchive } = await import("../beq/studyArchive.ts");
  const folder = await mkdtemp(path.join(os.tmpdir(), "edin-study-"));
  try {
    const archive = path.join(folder, "study.zip");
    await inStudy(options, asked, (calls, id) => exportStudyTo(calls, id, archive));
    await using source = await openStudyArchive(archive);
    await report(source, options);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function report(source: StudySource, options: Options): Promise<void> {
  const [{ validateStudy }, { writeReport }] = await Promise.all([
    import("../beq/validateStudy.ts"),
    import("../beq/writeReport.ts"),
  ]);
  const { out = path.resolve(`${source.study.id}.beq`), covariate, minCoverage, resamples, seed } = options;
  const cutoffs = options.cutoffs === undefined ? undefined : await readUserFile(options.cutoffs);
  const { validation, report: written } = await validateStudy(source, {
    options: {
      ...(minCoverage !== undefined && { minCoverage }),
      ...(resamples !== undefined && { draws: resamples }),
      ...(seed !== undefined && { seed }),
    },
    ...(covariate !== undefined && { covariates: covariate }),
    ...(cutoffs !== undefined && { cutoffs }),
    ...(process.stderr.isTTY && {
      onProgress: (done: number, total: number) =>
        process.stderr.write(`\r${done} of ${counted(total, "participant")}${done === total ? "\n" : ""}`),
    }),
  });
  await writeReport(out, written);
  if (options.json) process.stdout.write(written.json);
  else process.stdout.write(`${await summary(validation)}\nReport: ${path.join(out, "report.html")}\n`);
}

async function summary(validation: Validation): Promise<string> {
  const [{ verdictSection }, { correlationCells, pairName }] = await Promise.all([
    import("../beq/report/sections/sample.ts"),
    import("../beq/report/format.ts"),
  ]);
  const rows = validation.relations.map((relation) => [
    pairName(relation),
    String(relation.n),
    ...correlationCells(relation.correlation.pearson),
  ]);
  const words = verdictSection(validation).flatMap((block) => ("text" in block ? block.text : []));
  return [formatTable(["RELATION", "N", "R", "95 %", "P", "HOLM"], rows), ...words.slice(1)].join("\n");
}

function share(text: string): number {
  const value = Number(text);
  if (text === "" || !(value >= 0 && value <= 1))
    throw new AppError("invalid_request", "--min-coverage is a share between 0 and 1.");
  return value;
}

const count = (lowest: number, highest: number) => (text: string) => {
  const value = Number(text);
  if (text === "" || !Number.isInteger(value) || value < lowest || value > highest)
    throw new AppError("invalid_request", `${text} is not a whole number from ${lowest} to ${highest}.`);
  return value;
};
