import { stretchesOf } from "../../segments/segment.ts";
import { matchByIou, minIou } from "../agreement/events.ts";
import { matchPoints } from "../agreement/points.ts";
import type { EventScores, IntervalTierEvaluation, PointTierEvaluation } from "./figures.ts";
import type { EvaluatedLane } from "./timeScores.ts";

/** Segments of the model against those of gold, one to one with the same label. */
export function eventScores(
  lanes: readonly EvaluatedLane[],
  labels: readonly string[],
): IntervalTierEvaluation["events"] {
  const counts = new Map(labels.map((label) => [label, { gold: 0, model: 0, matched: 0 }]));
  for (const { gold, model } of lanes) {
    const known = <Thing extends { readonly label: string }>(all: readonly Thing[]): Thing[] =>
      all.filter(({ label }) => counts.has(label));
    const [first, second] = [known(stretchesOf(gold)), known(model?.segments ?? [])];
    for (const { label } of first) counts.get(label)!.gold++;
    for (const { label } of second) counts.get(label)!.model++;
    for (const [{ label }] of matchByIou(first, second)) counts.get(label)!.matched++;
  }
  const all = [...counts.values()];
  const sum = (what: "gold" | "model" | "matched") => all.reduce((total, one) => total + one[what], 0);
  return {
    iou: minIou,
    ...scored(sum("gold"), sum("model"), sum("matched")),
    perLabel: [...counts].map(([label, { gold, model, matched }]) => ({
      label,
      ...scored(gold, model, matched),
    })),
  };
}

/** Moments of the model against those of gold: its events at their start, as it proposes them. */
export function pointScores(
  lanes: readonly EvaluatedLane[],
  labels: readonly string[],
  toleranceMs: number,
): Omit<PointTierEvaluation, "tier" | "kind" | "source"> {
  const pairs = lanes.map(({ gold, model }) => ({
    gold: gold.filter(({ label }) => labels.includes(label)),
    model: (model?.segments ?? []).filter(({ label }) => labels.includes(label)),
  }));
  const matches = pairs.flatMap((pair) => matchPoints(pair.gold, pair.model, toleranceMs));
  const count = (what: "gold" | "model") => pairs.reduce((sum, pair) => sum + pair[what].length, 0);
  const offset = matches.reduce((sum, [gold, model]) => sum + model.startMs - gold.startMs, 0);
  const reason = count("gold") === 0 ? "Gold has no moment." : "The model has none.";
  return {
    toleranceMs,
    ...scored(count("gold"), count("model"), matches.length),
    meanOffsetMs: matches.length === 0 ? null : offset / matches.length,
    ...((count("gold") === 0 || count("model") === 0) && { reason }),
  };
}

function scored(gold: number, model: number, matched: number): EventScores {
  return {
    ...{ gold, model, matched },
    precision: model === 0 ? null : matched / model,
    recall: gold === 0 ? null : matched / gold,
    f1: gold + model === 0 ? null : (2 * matched) / (gold + model),
  };
}
