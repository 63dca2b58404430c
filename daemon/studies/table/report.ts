import { drawChart } from "../../../shared/charts/drawChart.ts";
import type { ReportBlock } from "../../../shared/protocol/studyRoutes.ts";
import { wholeClip } from "../../../shared/protocol/studyFile.ts";
import type { StudyTable } from "../../../shared/protocol/studyTable.ts";
import { summarise, type Question } from "../../../shared/study/summary.ts";
import { summaryBlocks } from "../../../shared/study/summaryBlocks.ts";
import { heading, list, notice, paragraph, table as tableBlock } from "../../beq/report/document.ts";
import { toHtml } from "../../beq/report/html.ts";
import { toMarkdown } from "../../beq/report/markdown.ts";
import { codebook, tableCsv } from "../../../shared/study/tidyTable.ts";
import { counted } from "../../../shared/text/counted.ts";

/** What a report shows without being asked: valence and each negative and positive emotion of the face, and how much was seen. */
export const defaultMeasures = [
  "face.valence.mean",
  "face.happy.mean",
  "face.sad.mean",
  "face.angry.mean",
  "face.fear.mean",
  "face.disgust.mean",
  "face.surprise.mean",
  "behaviour.coverage",
] as const;

export interface ReportOptions {
  readonly measures: readonly string[];
  readonly draws: number;
  readonly seed: number;
}

/**
 * The files of a report by their names: `report.html`, `report.md`, `report.json`, charts, the table and its codebook. The same
 * study, options and version write the same bytes.
 */
export function studyReport(table: StudyTable, options: ReportOptions): Record<string, string> {
  const { measures, draws, seed } = options;
  const questions = measures.flatMap((measure) => questionsOf(table, measure));
  const answered = questions.map((question) => ({
    question,
    summary: summarise(table, question, { draws, seed }),
  }));
  const title = `Measures of ${table.study.name}`;
  const blocks: ReportBlock[] = [
    heading(1, title),
    paragraph(
      "Means over people, by condition and event. A score says what a face or a voice looked or sounded like to a network; it is never a readout of what a person feels.",
    ),
    ...(table.participants.length < 20
      ? [
          notice(
            `${counted(table.participants.length, "person", "people")} are few: intervals are wide, and what is not shown here may still exist.`,
          ),
        ]
      : []),
    sample(table),
    ...answered.flatMap(({ question, summary }) => [
      heading(2, `${question.measure}${question.change ? ", minus baseline" : ""}${eventPart(question)}`),
      ...summaryBlocks(table, question, summary),
    ]),
    heading(2, "How it was made"),
    paragraph(
      `Each person has one value a condition; unit of every interval and test is the person. Intervals: BCa bootstrap, ${draws} draws, seed ${seed} (Efron 1987). Differences: Student's t for paired values, Holm's adjustment (1979) over the pairs of one table; d is the mean difference over the standard deviation of the differences. Measures of different tables are not adjusted for one another.`,
    ),
    list(
      table.measures.flatMap(({ name, unit, description }) =>
        measures.includes(name) ? [`${name} (${unit}): ${description}`] : [],
      ),
    ),
    heading(2, "Notes"),
    list(table.notes),
    heading(2, "Manifest"),
    ...manifest(table),
  ];
  const charts = blocks.flatMap((block) => (block.kind === "figures" ? block.figures : []));
  return {
    "report.html": toHtml(title, blocks),
    "report.md": toMarkdown(blocks),
    "report.json": `${JSON.stringify({ schemaVersion: 1, options, table: { ...table, values: undefined, changes: undefined, cells: undefined }, answered }, null, 2)}\n`,
    "table.csv": [...tableCsv(table)].join(""),
    "table.codebook.md": codebook(table),
    ...Object.fromEntries(charts.map(({ name, chart }) => [`charts/${name}.svg`, drawChart(chart)])),
  };
}

/** A measure by condition over whole clips and over each event; minus the baseline too where there is one. */
function questionsOf({ events, changes, measures }: StudyTable, measure: string): Question[] {
  const column = measures.findIndex(({ name }) => name === measure);
  const hasChange = changes.some((row) => row[column] !== null);
  return [wholeClip, ...events.filter((event) => event !== wholeClip)].flatMap((within) =>
    (hasChange ? [false, true] : [false]).map((change): Question => ({
      measure,
      change,
      factor: "condition",
      within,
    })),
  );
}

const eventPart = ({ within }: Question): string =>
  within === undefined || within === wholeClip ? "" : `, during ${within}`;

function sample({ cells, conditions, participants }: StudyTable): ReportBlock {
  const whole = cells.filter(({ event }) => event === wholeClip);
  return tableBlock(
    "The sample",
    ["condition", "people", "clips", "minutes"],
    [
      ["all", String(participants.length), count(whole), minutes(whole)],
      ...conditions.map((condition) => {
        const here = whole.filter((cell) => cell.condition === condition);
        return [
          condition || "(none)",
          String(new Set(here.map((cell) => cell.participant)).size),
          count(here),
          minutes(here),
        ];
      }),
    ],
  );
}

const count = (cells: StudyTable["cells"]): string =>
  String(cells.reduce((sum, { clips }) => sum + clips, 0));
const minutes = (cells: StudyTable["cells"]): string =>
  (cells.reduce((sum, { seconds }) => sum + seconds, 0) / 60).toFixed(1);

function manifest({ study, settings, manifest: made }: StudyTable): ReportBlock[] {
  return [
    list([
      `EDIN ${made.edin}, Node ${made.node}`,
      `Study ${study.id}, SHA-256 ${study.sha256}`,
      `Threshold ${settings.threshold}; baseline: ${settings.baselineEvent ?? "clips at rest"}; cells by ${settings.by}`,
    ]),
    tableBlock(
      "Networks",
      ["task", "network", "SHA-256"],
      made.models.map(({ task, id, sha256 }) => [task, id, sha256]),
    ),
    tableBlock(
      "Analyses",
      ["analysis", "EDIN", "SHA-256 of the results"],
      made.analyses.map(({ id, edin, resultSha256 }) => [id, edin, resultSha256]),
    ),
  ];
}
