import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { openStudyFolder } from "../../../daemon/beq/studySource.ts";
import { writeReportFolder } from "../../../daemon/beq/writeReport.ts";
import { notebookFiles } from "../../../shared/study/notebooks.ts";
import { studyReport } from "../../../daemon/studies/table/report.ts";
import { tabulate } from "../../../daemon/studies/table/tabulate.ts";
import { tableSettingsSchema, type StudyTable } from "../../../shared/protocol/studyTable.ts";
import { summarise } from "../../../shared/study/summary.ts";
import { writeConditionStudy } from "../../support/conditionStudy.ts";

const run = promisify(execFile);

describe("notebooks and reports of a study", function () {
  this.timeout(180_000);
  let folder: string;
  let table: StudyTable;
  const at = (name: string) => path.join(folder, name);
  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "edin-notebook-"));
    await writeConditionStudy(at("study"));
    await using source = await openStudyFolder(at("study"));
    table = await tabulate(source, tableSettingsSchema.parse({}));
    await writeReportFolder(at("notebook"), "study.ipynb", notebookFiles(table, "face.happy.mean"));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  /** What the mixed models have to find: news and drama minus comedy, the first by name. */
  const differences = () => {
    const question = {
      measure: "face.happy.mean",
      change: false,
      factor: "condition",
      within: "clip",
    } as const;
    return summarise(table, question, { draws: 99 }).pairs.flatMap(({ first, second, test }) =>
      first === "comedy" && test.defined ? [{ name: second, difference: test.difference }] : [],
    );
  };

  it("the Python notebook runs as it is written: its mixed model finds the differences", async () => {
    const notebook = JSON.parse(await readFile(at("notebook/study.ipynb"), "utf8")) as {
      cells: { cell_type: string; source: string[] }[];
    };
    const code = notebook.cells
      .filter((cell) => cell.cell_type === "code")
      .map(({ source }) => source.join(""));
    assert.ok(code.length >= 4);
    await writeFile(at("notebook/run.py"), code.join("\n"));
    const { stdout } = await run("python3", ["run.py"], {
      cwd: at("notebook"),
      env: { ...process.env, MPLBACKEND: "Agg" },
    });
    for (const { name, difference } of differences()) {
      const [, found] = new RegExp(`\\[T\\.${name}\\]\\s+(-?[\\d.]+)`).exec(stdout) ?? [];
      assert.ok(
        Math.abs(Number(found) - difference) < 0.002,
        `${name}: ${found}, not ${difference}\n${stdout}`,
      );
    }
    assert.ok((await readFile(at("notebook/measure.png"))).length > 5000);
  });

  it("the R notebook runs as it is written: its mixed model finds the differences", async () => {
    const text = await readFile(at("notebook/study.Rmd"), "utf8");
    const chunks = [...text.matchAll(/```\{r\}\n([\s\S]*?)```/g)].map(([, chunk]) => chunk!);
    assert.equal(chunks.length, 3);
    await writeFile(at("notebook/run.R"), chunks.join("\n"));
    const { stdout } = await run("Rscript", ["run.R"], { cwd: at("notebook") });
    for (const { name, difference } of differences()) {
      const [, found] = new RegExp(`condition${name}\\s+(-?[\\d.]+)`).exec(stdout) ?? [];
      assert.ok(
        Math.abs(Number(found) - difference) < 0.002,
        `${name}: ${found}, not ${difference}\n${stdout}`,
      );
    }
  });

  it("the report has a chart, means and differences of each measure, the table, and what it was made of", () => {
    const options = { measures: ["face.happy.mean", "behaviour.coverage"], draws: 199, seed: 1 };
    const files = studyReport(table, options);
    assert.deepEqual(studyReport(table, options), files, "the same study and options write the same bytes");
    const html = files["report.html"]!;
    assert.equal(
      html.match(/<figure>/g)?.length,
      Object.keys(files).filter((name) => name.startsWith("charts/")).length,
    );
    for (const text of [
      "face.happy.mean, minus baseline",
      "paired differences",
      "during joke",
      table.study.sha256,
    ])
      assert.ok(html.includes(text), text);
    assert.ok(!html.includes("<b>your day</b>"), "names of events are text");
    assert.ok(files["report.md"]!.includes("| comedy | 12 |"));
    assert.ok(files["table.csv"]!.startsWith("participant,condition,event,measure,"));
  });
});
