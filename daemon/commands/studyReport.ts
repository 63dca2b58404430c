import path from "node:path";
import { buffer } from "node:stream/consumers";
import type { Command } from "commander";
import { AppError } from "../../shared/errors.ts";
import { knownMeasure } from "../../shared/study/knownMeasure.ts";
import { toAbsolute } from "./absolute.ts";
import type { Leaf } from "./inStudy.ts";
import { readStudyTable, tellTable, withTableOptions, type StudyTableOptions } from "./studyTable.ts";

/** `edin study report STUDY --out DIR`. */
export function reportCommand(leaf: Leaf): Command {
  return withTableOptions(
    leaf(
      "report <study>",
      "Write means over people with intervals, paired differences and charts, as HTML and Markdown.",
    )
      .requiredOption("--out <dir>", "folder of the report", toAbsolute)
      .option(
        "--measure <name...>",
        "measures to report, as face.happy.mean (default: valence and emotions of the face)",
      )
      .option("--resamples <n>", "of each bootstrap (default: 1999)", Number, 1999)
      .option("--seed <n>", "of every random draw (default: 1)", Number, 1),
  ).action(
    async (
      study: string,
      options: StudyTableOptions & { out: string; measure?: string[]; resamples: number; seed: number },
    ) => {
      const table = await readStudyTable(study, options);
      const [{ studyReport, defaultMeasures }, { writeReportFolder }] = await Promise.all([
        import("../studies/table/report.ts"),
        import("../beq/writeReport.ts"),
      ]);
      const measures = options.measure?.map((name) => knownMeasure(table, name)) ?? defaultMeasures;
      const { resamples, seed, out } = options;
      if (!Number.isInteger(resamples) || resamples < 99 || !Number.isInteger(seed) || seed < 0)
        throw new AppError("invalid_request", "--resamples is a whole number from 99, --seed one from 0.");
      await writeReportFolder(out, "report.json", studyReport(table, { measures, draws: resamples, seed }));
      tellTable(table, [path.join(out, "report.html")]);
    },
  );
}

/** `edin study notebook STUDY --out DIR|FILE.zip`. */
export function notebookCommand(leaf: Leaf): Command {
  return withTableOptions(
    leaf(
      "notebook <study>",
      "Write the table with a notebook (.ipynb for pandas and statsmodels, .Rmd for nlme) that reads, plots and models it.",
    )
      .requiredOption("--out <path>", "folder of the notebook, or the .zip to write", toAbsolute)
      .option("--measure <name>", "the measure that it looks at first", "face.valence.mean"),
  ).action(async (study: string, options: StudyTableOptions & { out: string; measure: string }) => {
    const { out } = options;
    const table = await readStudyTable(study, options);
    const [{ notebookFiles }, { writeReportFolder }, { zipNotebook }, { writeFileAtomic }] =
      await Promise.all([
        import("../../shared/study/notebooks.ts"),
        import("../beq/writeReport.ts"),
        import("../studies/table/zipNotebook.ts"),
        import("../store/files.ts"),
      ]);
    if (path.extname(out).toLowerCase() === ".zip") {
      await writeFileAtomic(out, await buffer(zipNotebook(table, options.measure)));
      tellTable(table, [out]);
      return;
    }
    const files = notebookFiles(table, knownMeasure(table, options.measure));
    await writeReportFolder(out, "study.ipynb", files);
    tellTable(
      table,
      Object.keys(files).map((name) => path.join(out, name)),
    );
  });
}
