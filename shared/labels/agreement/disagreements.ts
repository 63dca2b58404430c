import type { AgreementOverTime, Disagreement } from "../../protocol/agreement.ts";
import { holds, type Tier } from "../../protocol/scheme.ts";
import type { Segment } from "../../segments/segment.ts";
import { comparedLanes, type ComparedLane, type ComparedSet } from "./clips.ts";
import { noneLabel } from "./overTime.ts";
import { eachPair } from "./pairs.ts";
import { matchPoints } from "./points.ts";

export interface Disagreements {
  /** The longest first. */
  readonly disagreements: readonly Disagreement[];
  readonly overTime: readonly AgreementOverTime[];
  /** More than are listed. */
  readonly more: number;
}

/** More are not listed: whoever has settled these looks again. */
const maxListed = 500;
const maxBins = 300;
const minBinMs = 100;

/** Where annotators do not say the same, and how much of them do over the time of each clip. Traces are not looked at. */
export function findDisagreements(set: ComparedSet, toleranceMs: number): Disagreements {
  const found: Disagreement[] = [];
  const overTime: AgreementOverTime[] = [];
  for (const tier of set.tiers)
    for (const lane of comparedLanes(set.clips, tier.id)) {
      if (holds(tier) === "stretches") {
        const stretches = [...stretchesOf(lane)];
        found.push(...stretches.filter(({ labels }) => new Set(Object.values(labels)).size > 1));
        overTime.push(sharesOf(tier, lane, stretches));
      }
      if (holds(tier) === "moments") found.push(...loneMoments(tier, lane, toleranceMs));
    }
  const sorted = found.sort((a, b) => b.endMs - b.startMs - (a.endMs - a.startMs) || a.startMs - b.startMs);
  return {
    disagreements: sorted.slice(0, maxListed),
    overTime,
    more: Math.max(0, sorted.length - maxListed),
  };
}

/** The time of a lane, cut wherever one of the annotators changes; what goes on is one stretch. */
function* stretchesOf(lane: ComparedLane): Generator<Disagreement> {
  const { clip, face, byAnnotator } = lane;
  const all = [...byAnnotator.values()].flat();
  const tier = all[0]?.tier;
  if (tier === undefined) return;
  const edges = [
    ...new Set([0, clip.durationMs, ...all.flatMap(({ startMs, endMs = startMs }) => [startMs, endMs])]),
  ].sort((a, b) => a - b);
  const readers = [...byAnnotator].map(([annotator, segments]) => ({ annotator, at: reader(segments) }));
  let open: Disagreement | undefined;
  for (const [i, startMs] of edges.slice(0, -1).entries()) {
    const endMs = edges[i + 1]!;
    const labels = Object.fromEntries(readers.map(({ annotator, at }) => [annotator, at(startMs)]));
    const same =
      open !== undefined && Object.entries(labels).every(([who, label]) => open!.labels[who] === label);
    if (same) open = { ...open!, endMs };
    else {
      if (open !== undefined) yield open;
      open = { tier, clip: clip.clip, ...(face !== undefined && { face }), startMs, endMs, labels };
    }
  }
  if (open !== undefined) yield open;
}

/** What sorted segments say at times that rise. */
function reader(segments: readonly Segment[]): (timeMs: number) => string {
  let from = 0;
  return (timeMs) => {
    while (from < segments.length && (segments[from]!.endMs ?? 0) <= timeMs) from++;
    const said = new Set<string>();
    for (let i = from; i < segments.length && segments[i]!.startMs <= timeMs; i++)
      if ((segments[i]!.endMs ?? 0) > timeMs) said.add(segments[i]!.label);
    return said.size === 0 ? noneLabel : [...said].sort().join("+");
  };
}

function sharesOf(
  tier: Tier,
  { clip, face }: ComparedLane,
  stretches: readonly Disagreement[],
): AgreementOverTime {
  const binMs = Math.max(minBinMs, clip.durationMs / maxBins);
  const same = new Float64Array(Math.max(1, Math.ceil(clip.durationMs / binMs)));
  const time = new Float64Array(same.length);
  for (const { startMs, endMs, labels } of stretches) {
    const said = Object.values(labels);
    const pairs = eachPair(said.length);
    const share = pairs.filter(([a, b]) => said[a] === said[b]).length / Math.max(1, pairs.length);
    for (
      let bin = Math.floor(Math.max(0, startMs) / binMs);
      bin < same.length && bin * binMs < endMs;
      bin++
    ) {
      const part = Math.min(endMs, (bin + 1) * binMs) - Math.max(startMs, bin * binMs);
      if (part <= 0) continue;
      same[bin]! += share * part;
      time[bin]! += part;
    }
  }
  return {
    ...{ tier: tier.id, clip: clip.clip, ...(face !== undefined && { face }), binMs },
    // Time that nobody labelled is agreed on.
    shares: Array.from(same, (sum, i) => (time[i]! > 0 ? sum / time[i]! : 1)),
  };
}

/** Moments that not everybody has. */
function loneMoments(
  tier: Tier,
  { clip, face, byAnnotator }: ComparedLane,
  toleranceMs: number,
): Disagreement[] {
  const all = [...byAnnotator];
  return all.flatMap(([annotator, moments], i) => {
    // A moment that somebody before has too was told there.
    const told = new Set(
      all.slice(0, i).flatMap(([, others]) => matchPoints(moments, others, toleranceMs).map(([own]) => own)),
    );
    const shared = new Map<Segment, string[]>();
    for (const [other, others] of all)
      if (other !== annotator)
        for (const [own] of matchPoints(moments, others, toleranceMs))
          shared.set(own, [...(shared.get(own) ?? []), other]);
    return moments.flatMap((moment): Disagreement[] => {
      const with_ = shared.get(moment) ?? [];
      if (told.has(moment) || with_.length === all.length - 1) return [];
      const says = (who: string) => (who === annotator || with_.includes(who) ? moment.label : noneLabel);
      return [
        {
          ...{ tier: tier.id, clip: clip.clip, ...(face !== undefined && { face }) },
          ...{ startMs: moment.startMs, endMs: moment.startMs },
          labels: Object.fromEntries(all.map(([who]) => [who, says(who)])),
        },
      ];
    });
  });
}
