import type { Chart } from "../charts/chart.ts";
import type { ReportBlock } from "../protocol/studyRoutes.ts";
import type { StudyTable } from "../protocol/studyTable.ts";
import type { BootstrapInterval } from "../stats/bootstrap.ts";
import type { Estimate } from "../stats/estimate.ts";
import { wholeClip } from "../protocol/studyFile.ts";
import type { Question, Summary } from "./summary.ts";

/** A question in words, as the title of a chart. */
export function questionTitle({ measure, change, factor, within }: Question): string {
  const what = change ? `${measure}, minus baseline` : measure;
  if (within === undefined) return `${what}, by ${factor}`;
  if (factor === "event") return `${what}, by event, in ${within || "clips without a condition"}`;
  return `${what}, by condition${within === wholeClip ? "" : `, during ${within}`}`;
}

/** Means and differences of one question, as a chart and two tables. */
export function summaryBlocks(table: StudyTable, question: Question, summary: Summary): ReportBlock[] {
  const title = questionTitle(question);
  const unit = table.measures.find(({ name }) => name === question.measure)?.unit ?? "";
  const chart: Chart = {
    ...{ kind: "means", title, valueName: unit },
    levels: summary.levels.map(({ name, mean, interval }) => ({
      name,
      ...(mean !== undefined && { mean }),
      ...(interval.defined && { interval: [interval.low, interval.high] }),
    })),
    people: summary.people.map(({ values }) => values.map((value) => value ?? null)),
  };
  return [
    { kind: "figures", figures: [{ name: fileName(question), title, chart }] },
    {
      kind: "table",
      caption: `${title}: means over people (${unit}), 95 % intervals (BCa bootstrap over people)`,
      head: [question.factor, "people", "mean", "SD", "95 % interval"],
      rows: summary.levels.map(({ name, n, mean, sd, interval }) => [
        ...[name || "(none)", String(n), decimal(mean), decimal(sd), ends(interval)],
      ]),
    },
    {
      kind: "table",
      caption: `${title}: paired differences, the second minus the first`,
      head: [
        "first, second",
        "people",
        "difference",
        "95 % interval",
        "d (paired)",
        "95 % of d",
        "p",
        "p, Holm",
      ],
      rows: summary.pairs.map(({ first, second, n, test }) => [
        `${first || "(none)"}, ${second || "(none)"}`,
        String(n),
        ...(test.defined
          ? [
              ...[
                decimal(test.difference),
                ends(test.interval),
                decimal(test.effect, 2),
                ends(test.effectInterval, 2),
              ],
              ...[probability(test.p), probability(test.pHolm)],
            ]
          : [test.reason, "", "", "", "", ""]),
      ]),
    },
  ];
}

/** A file name of a question's chart. */
const fileName = (question: Question): string =>
  questionTitle(question)
    .replace(/[^\p{L}\p{N}.]+/gu, "-")
    .slice(0, 120);

/** A number with so many decimals, or that there is none. */
export const decimal = (value: number | undefined, places = 3): string =>
  value === undefined ? "none" : value.toFixed(places).replace(/^-(0\.?0*)$/, "$1");
const ends = (interval: Estimate<BootstrapInterval>, places = 3): string =>
  interval.defined ? `${decimal(interval.low, places)} to ${decimal(interval.high, places)}` : "not defined";
const probability = (p: number): string => (p < 0.001 ? "< 0.001" : decimal(p));
