import type {
  EventScores,
  IntervalTierEvaluation,
  LabelsEvaluation,
  PointTierEvaluation,
} from "../../shared/labels/evaluation/figures.ts";
import { figures, heading, list, notice, paragraph, table, type Block } from "../beq/report/document.ts";
import { toHtml } from "../beq/report/html.ts";
import { toMarkdown } from "../beq/report/markdown.ts";
import type { Report } from "../beq/report/report.ts";
import { agreementManifest, ranged, shown } from "./agreementReport.ts";
import type { EvaluatedFile } from "./evaluateLabels.ts";

/** Writes the model against labels up in every form. */
export function evaluationReport(evaluation: LabelsEvaluation, files: readonly EvaluatedFile[]): Report {
  const manifest = {
    ...agreementManifest(files.map(({ gold }) => gold)),
    analyses: files.map(({ analysis: { id, media, resultSha256, models, versions } }) => ({
      ...{ id, clip: media.name, clipSha256: media.sha256, resultSha256, models, versions },
    })),
  };
  const title = "Model against labels";
  const { clips, stepMs, notes, tiers } = evaluation;
  const blocks: Block[] = [
    heading(1, title),
    paragraph(
      `${clips.length} ${clips.length === 1 ? "clip" : "clips"}, read every ${stepMs} ms where gold gives a label. What the model left open (no trusted face, no voice) counts as an error.`,
    ),
    list(notes),
    ...tiers.flatMap((tier) => [
      heading(2, `Tier ${tier.tier}`),
      ...(tier.reason === undefined ? [] : [notice(tier.reason)]),
      ...(tier.kind === "interval" ? intervalBlocks(tier) : pointBlocks(tier)),
    ]),
    heading(2, "Method"),
    list([
      "Time: accuracy, Cohen's kappa (1960) with what was left open as an answer, UAR and macro-F1 over the labels that gold gives, against always saying its most frequent one.",
      "Confidence: of the label that was said among those that both know; expected calibration error over 15 bins (Guo et al. 2017).",
      "Segments: the model's against gold's, one to one, the same label and an intersection over union of .5 or more.",
      "Intervals: 95 %, percentiles of the bootstrap over clips; with one clip over blocks of time (Kunsch 1989).",
    ]),
    heading(2, "Files"),
    table(
      "What was compared",
      ["clip", "labels of", "file", "SHA-256", "analysis", "its results"],
      files.map(({ analysis }, i) => [
        ...[clips[i]!.clip, clips[i]!.gold, manifest.files[i]!.name, manifest.files[i]!.sha256.slice(0, 16)],
        ...[analysis.id, analysis.resultSha256.slice(0, 16)],
      ]),
    ),
    paragraph(`EDIN ${manifest.edin}, Node ${manifest.node}.`),
  ];
  return {
    blocks,
    markdown: toMarkdown(blocks),
    html: toHtml(title, blocks),
    json: `${JSON.stringify({ schemaVersion: 1, manifest, ...evaluation }, null, 2)}\n`,
    charts: blocks.flatMap((block) => (block.kind === "figures" ? block.figures : [])),
  };
}

function intervalBlocks(tier: IntervalTierEvaluation): Block[] {
  const { labels, n, coverage, perClass, confusion, events, reliability, ece } = tier;
  if (n === 0) return [];
  // Labels that neither gives are rows of nothing; the JSON has them all.
  const shownLabels = labels.filter(
    (label, i) => perClass[label]!.n > 0 || confusion.counts.some((row) => row[i]! > 0),
  );
  const at = [...shownLabels.map((label) => labels.indexOf(label)), labels.length];
  const subtitle = `Expected calibration error ${shown(ece)}`;
  return [
    table(
      `Over time: ${n} steps, ${shown(coverage)} of them covered`,
      ["figure", "value [95 %]"],
      [
        ["accuracy", ranged(tier.accuracy, tier.accuracyInterval)],
        ["kappa", ranged(tier.kappa, tier.kappaInterval)],
        ["UAR", ranged(tier.uar, tier.uarInterval)],
        ["macro-F1", ranged(tier.macroF1, tier.macroF1Interval)],
        ["always the most frequent label", shown(tier.majorityBaseline)],
        ["expected calibration error", shown(ece)],
      ],
    ),
    table(
      "By label",
      ["label", "steps", "precision", "recall", "F1"],
      shownLabels.map((label) => {
        const { n: steps, precision, recall, f1 } = perClass[label]!;
        return [label, String(steps), ...[precision, recall, f1].map(shown)];
      }),
    ),
    table(
      "Confusion: steps; rows gold, columns the model",
      ["", ...at.map((i) => confusion.columns[i]!)],
      shownLabels.map((label, i) => [label, ...at.map((k) => String(confusion.counts[at[i]!]![k]!))]),
    ),
    table(`By segment: intersection over union of ${events.iou} or more`, eventHead, [
      ["all", ...eventCells(events)],
      ...events.perLabel.map((one) => [one.label, ...eventCells(one)]),
    ]),
    ...(reliability.length === 0
      ? []
      : [
          figures([
            {
              name: `reliability-${tier.tier}`,
              title: `Tier ${tier.tier}: reliability`,
              chart: {
                ...{ kind: "reliability", title: `Tier ${tier.tier}: reliability`, subtitle },
                bins: reliability,
              },
            },
          ]),
          table(
            "Reliability",
            ["confidence from", "to", "steps", "mean confidence", "accuracy"],
            reliability.map(({ from, to, n: steps, confidence, accuracy }) => [
              ...[from.toFixed(2), to.toFixed(2), String(steps), shown(confidence), shown(accuracy)],
            ]),
          ),
        ]),
  ];
}

const eventHead = ["label", "gold", "model", "matched", "precision", "recall", "F1"];

function eventCells({ gold, model, matched, precision, recall, f1 }: EventScores): string[] {
  return [...[gold, model, matched].map(String), ...[precision, recall, f1].map(shown)];
}

function pointBlocks(tier: PointTierEvaluation): Block[] {
  return [
    table(
      `Moments with the same label within ${tier.toleranceMs} ms are one`,
      [...eventHead.slice(1), "model later by, ms"],
      [[...eventCells(tier), tier.meanOffsetMs === null ? "not defined" : tier.meanOffsetMs.toFixed(0)]],
    ),
  ];
}
