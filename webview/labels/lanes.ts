import type { Colleague } from "../../shared/labels/gold.ts";
import { laneOf } from "../../shared/labels/edits.ts";
import type { LabelsDocument } from "../../shared/labels/document.ts";
import { TimeIndex } from "../../shared/segments/timeIndex.ts";
import { isFor } from "../../shared/labels/sources.ts";
import type { Face } from "../../shared/protocol/labelRoutes.ts";
import type { Annotation, Trace } from "../../shared/protocol/labels.ts";
import type { Scheme, Tier } from "../../shared/protocol/scheme.ts";
import type { Suggestion } from "./suggestion.ts";
import { tiersOfEntries } from "../../shared/labels/scheme.ts";

/** A row of the timeline: a tier, or one face's part of it. */
export interface Lane {
  readonly key: string;
  readonly tier: Tier;
  readonly face: number | undefined;
  readonly title: string;
  readonly annotations: TimeIndex<Annotation>;
  readonly proposals: TimeIndex<Suggestion>;
  /** A colleague whose annotations stand here, beside those of the gold file. */
  readonly of?: string;
  readonly trace: Trace | undefined;
  /** What colleagues rated, where the scheme shows it. */
  readonly otherTraces: readonly Trace[];
}

export interface LaneSources {
  readonly document: LabelsDocument;
  readonly scheme: Scheme | undefined;
  readonly faces: readonly Face[];
  readonly proposals: readonly Suggestion[];
  /** In a gold file: what colleagues say, a lane each below that of gold. */
  readonly colleagues?: readonly Suggestion[];
  /** Files of colleagues, for traces that are shown to others. */
  readonly others?: readonly Colleague[];
}

/** The rows of the timeline: tiers of the scheme in their order, then those that only annotations know. */
export function lanesOf({
  document,
  scheme,
  faces,
  proposals,
  colleagues = [],
  others: files = [],
}: LaneSources): Lane[] {
  const colleagueNames = [...new Set(colleagues.map(({ by }) => by ?? ""))].sort();
  const byLane = new Map<string, Annotation[]>();
  for (const annotation of document.annotations) {
    const key = laneOf(annotation);
    const lane = byLane.get(key);
    if (lane === undefined) byLane.set(key, [annotation]);
    else lane.push(annotation);
  }
  const tiers = scheme?.tiers ?? [];
  const others = tiersOfEntries(
    document,
    tiers.map(({ id }) => id),
  );
  return [...tiers, ...others].flatMap((tier) => {
    const named = [...document.annotations, ...document.traces].filter((one) => one.tier === tier.id);
    const suggested = colleagues.filter(({ annotation }) => annotation?.tier === tier.id);
    const seen = new Set([...named, ...suggested].flatMap(({ face }) => face ?? []));
    const wanted =
      tier.perFace === true
        ? [...new Set([...faces.map(({ track }) => track), ...seen])].sort((a, b) => a - b)
        : [...seen];
    const whole =
      tier.perFace !== true ||
      wanted.length === 0 ||
      [...named, ...suggested].some(({ face }) => face === undefined);
    return [...(whole ? [undefined] : []), ...wanted].flatMap((face): Lane[] => {
      const key = laneOf({ tier: tier.id, face });
      const isOwn = (trace: Trace): boolean => trace.tier === tier.id && trace.face === face;
      const lane: Lane = {
        key,
        tier,
        face,
        title: `${tier.title ?? tier.id}${face === undefined ? "" : ` · ${nameOf(face, faces)}`}`,
        annotations: new TimeIndex(byLane.get(key) ?? []),
        proposals: new TimeIndex(proposals.filter((proposal) => fits(proposal, tier, face))),
        trace: document.traces.find(isOwn),
        otherTraces:
          tier.showOthers === true ? files.flatMap((file) => file.document.traces.filter(isOwn)) : [],
      };
      return [
        lane,
        ...(suggested.length === 0 ? [] : colleagueNames).map((of): Lane => ({
          ...lane,
          ...{ key: `${key}\n@${of}`, title: `${lane.title} · ${of}`, of, trace: undefined },
          annotations: new TimeIndex([]),
          proposals: new TimeIndex(suggested.filter((one) => one.by === of && one.face === face)),
        })),
      ];
    });
  });
}

function nameOf(track: number, faces: readonly Face[]): string {
  const name = faces.find((one) => one.track === track)?.name;
  return name === undefined ? `face ${track}` : `${name} (face ${track})`;
}

/** Whether a proposal is for a tier, or one face's part of it. */
function fits({ kind, face, label }: Suggestion, tier: Tier, laneFace: number | undefined): boolean {
  return kind !== "colleague" && isFor(tier, kind, label) && (laneFace === undefined || face === laneFace);
}
