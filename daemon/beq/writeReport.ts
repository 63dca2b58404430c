import { randomUUID } from "node:crypto";
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { drawChart } from "../../shared/charts/drawChart.ts";
import { AppError } from "../../shared/errors.ts";
import type { ReportFigure } from "./report/document.ts";
import type { Report } from "./report/report.ts";
import { isMissing } from "../missing.ts";

/**
 * Writes `report.md`, `report.html`, `report.json` and `charts/*.svg` into a folder, all or nothing. A report that is
 * there already is replaced.
 * @throws AppError `conflict` when the folder holds something else, `disk_full`, `invalid_path`
 */
export async function writeReport(folder: string, report: Report): Promise<void> {
  await writeReportFolder(folder, "report.json", {
    "report.md": report.markdown,
    "report.html": report.html,
    "report.json": report.json,
    ...chartFiles("charts/", report.charts),
  });
}

/**
 * Writes these files into a folder, all or nothing. A folder that holds `mark` is an older one of the same kind, and replaced.
 * @throws AppError as {@link writeReport}
 */
export async function writeReportFolder(
  folder: string,
  mark: string,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  const there = await readdir(folder).catch((): string[] => []);
  if (there.length > 0 && !there.includes(mark))
    throw new AppError("conflict", `${folder} holds other files. Give an empty or a new folder.`);
  await replaceFolder(folder, files);
}

/** Writes each chart as `<name>.svg` into a folder, all or nothing. @throws AppError as {@link writeReport} */
export async function writeCharts(folder: string, charts: readonly ReportFigure[]): Promise<void> {
  const files = chartFiles("", charts);
  const there = await readdir(folder).catch((): string[] => []);
  if (there.some((name) => !(name in files)))
    throw new AppError("conflict", `${folder} holds other files. Give an empty or a new folder.`);
  await replaceFolder(folder, files);
}

const chartFiles = (folder: string, charts: readonly ReportFigure[]): Record<string, string> =>
  Object.fromEntries(charts.map(({ name, chart }) => [`${folder}${name}.svg`, drawChart(chart)]));

/** Puts a folder with these files in the place of another. */
async function replaceFolder(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  const target = path.resolve(folder);
  const beside = (what: string) =>
    path.join(path.dirname(target), `.${path.basename(target)}.${randomUUID()}.${what}`);
  const part = beside("part");
  const old = beside("old");
  try {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(part, name)), { recursive: true });
      await writeFile(path.join(part, name), content, { flag: "wx" });
    }
    await rename(target, old).catch((error: unknown) => {
      if (!isMissing(error)) throw error;
    });
    await rename(part, target);
  } catch (cause) {
    await rm(part, { recursive: true, force: true });
    if (["ENOSPC", "EDQUOT"].includes((cause as NodeJS.ErrnoException).code ?? ""))
      throw new AppError("disk_full", `No room to write ${folder}. Free some space and try again.`, {
        cause,
      });
    throw new AppError("invalid_path", `${folder} cannot be written. Choose another folder.`, { cause });
  }
  await rm(old, { recursive: true, force: true });
}
