import type { Colleague } from "../../shared/labels/gold.ts";
import { laneOf } from "../../shared/labels/edits.ts";
import type { LabelsDocument } from "../../shared/labels/document.ts";
import { isFor } from "../../shared/labels/sources.ts";
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

interface Timed {
  readonly startMs: number;
  readonly endMs?: number | undefined;
}

/** Things in order of their start that can be found by time without looking at all of them. */
export class TimeIndex<Thing extends Timed> {
  readonly all: readonly Thing[];
  /** The latest end of this and all before. */
  readonly #latest: Float64Array;

  constructor(all: readonly Thing[]) {
    this.all = all;
    this.#latest = new Float64Array(all.length);
    let latest = -Infinity;
    all.forEach(({ startMs, endMs = startMs }, i) => (this.#latest[i] = latest = Math.max(latest, endMs)));
  }

  /** Those that touch the stretch. */
  *between(fromMs: number, toMs: number): Generator<Thing> {
    // The first whose end, or that of one before it, reaches the stretch.
    let low = 0;
    let high = this.all.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#latest[middle]! < fromMs) low = middle + 1;
      else high = middle;
    }
    for (let i = low; i < this.all.length; i++) {
      const thing = this.all[i]!;
      if (thing.startMs > toMs) return;
      if ((thing.endMs ?? thing.startMs) >= fromMs) yield thing;
    }
  }

  /** The shortest that covers a time. */
  at(timeMs: number): Thing | undefined {
    let best: Thing | undefined;
    for (const thing of this.between(timeMs, timeMs)) {
      const length = (one: Thing) => (one.endMs ?? one.startMs) - one.startMs;
      if ((thing.endMs ?? thing.startMs) > timeMs && (best === undefined || length(thing) <= length(best)))
        best = thing;
    }
    return best;
  }
}

export interface LaneSources {
  readonly document: LabelsDocument;
  readonly scheme: Scheme | undefined;
  readonly faces: readonly number[];
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
      tier.perFace === true ? [...new Set([...faces, ...seen])].sort((a, b) => a - b) : [...seen];
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
        title: `${tier.title ?? tier.id}${face === undefined ? "" : ` · face ${face}`}`,
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

/** Whether a proposal is for a tier, or one face's part of it. */
function fits({ kind, face, label }: Suggestion, tier: Tier, laneFace: number | undefined): boolean {
  return kind !== "colleague" && isFor(tier, kind, label) && (laneFace === undefined || face === laneFace);
}
