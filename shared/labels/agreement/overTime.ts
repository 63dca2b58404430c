import type { Tier } from "../../protocol/scheme.ts";
import type { Segment } from "../../segments/segment.ts";
import { resampledIntervals } from "../../stats/resampling.ts";
import {
  fleissKappa,
  kappaOfTable,
  labelKappa,
  nominalAlpha,
  NominalTally,
  tallyLength,
} from "../../stats/nominalTally.ts";
import type { ComparedLane, ComparedSet } from "./clips.ts";
import type { IntervalTierAgreement, TimePair } from "../../protocol/agreement.ts";
import type { AgreementOptions, ResampledBy } from "./options.ts";
import { eachPair } from "./pairs.ts";

/** The category of time that no annotation covers. */
export const noneLabel = "(none)";

/** What each annotator says at the middle of each step of a lane, as indices into `labels`; -1 is nothing. */
export interface ReadLane {
  readonly steps: number;
  readonly rows: readonly Int16Array[];
}

/**
 * Labels of a tier: those of the scheme, others that occur, and `(none)` at the end where it counts. Where annotations
 * overlap, all of them together are one label, joined by +.
 */
export class TimeReader {
  readonly labels: string[];
  readonly #index = new Map<string, number>();
  readonly #stepMs: number;
  readonly #none: number;

  constructor(tier: Tier, lanes: readonly ComparedLane[], { stepMs, unlabelled }: AgreementOptions) {
    this.#stepMs = stepMs;
    this.labels = tier.labels?.map(({ id }) => id) ?? [];
    const known = new Set(this.labels);
    for (const { byAnnotator } of lanes)
      for (const segments of byAnnotator.values())
        for (const { label } of segments)
          if (!known.has(label)) {
            known.add(label);
            this.labels.push(label);
          }
    if (unlabelled === "category") this.labels.push(noneLabel);
    this.#none = unlabelled === "category" ? this.labels.length - 1 : -1;
    this.labels.forEach((label, i) => this.#index.set(label, i));
  }

  /** @param annotators rows in this order; one who did not label the clip said nothing */
  read({ clip, byAnnotator }: ComparedLane, annotators: readonly string[]): ReadLane {
    const steps = Math.ceil(clip.durationMs / this.#stepMs - 0.5);
    const rows = annotators.map((annotator) => {
      const segments = byAnnotator.get(annotator);
      const row = new Int16Array(steps).fill(segments === undefined ? -1 : this.#none);
      for (const segment of segments ?? []) this.#fill(row, segment);
      return row;
    });
    return { steps, rows };
  }

  #fill(row: Int16Array, { startMs, endMs = startMs, label }: Segment): void {
    const own = this.#indexOf(label);
    // The middles (i + 1/2) step with start <= middle < end.
    const from = Math.max(0, Math.ceil(startMs / this.#stepMs - 0.5));
    const to = Math.min(row.length, Math.ceil(endMs / this.#stepMs - 0.5));
    for (let i = from; i < to; i++) {
      const there = row[i]!;
      if (there === this.#none || there === -1 || there === own) row[i] = own;
      else row[i] = this.#indexOf(joined(this.labels[there]!, label));
    }
  }

  #indexOf(label: string): number {
    const known = this.#index.get(label);
    if (known !== undefined) return known;
    this.labels.push(label);
    this.#index.set(label, this.labels.length - 1);
    return this.labels.length - 1;
  }
}

function joined(labels: string, label: string): string {
  return [...new Set([...labels.split("+"), label])].sort().join("+");
}

/** Counts of a lane, cut into pieces of `pieceSteps`. */
export function talliesOf(
  { steps, rows }: ReadLane,
  raters: number,
  categories: number,
  pieceSteps: number,
): NominalTally[] {
  const tallies: NominalTally[] = [];
  const said = new Int16Array(raters);
  for (let from = 0; from < steps; from += pieceSteps) {
    const tally = new NominalTally(raters, categories);
    const to = Math.min(from + pieceSteps, steps);
    let run = 0;
    for (let i = from; i < to; i++) {
      let same = run > 0;
      for (let r = 0; same && r < raters; r++) same = rows[r]![i] === said[r];
      if (!same) {
        if (run > 0) tally.add(said, run);
        for (let r = 0; r < raters; r++) said[r] = rows[r]![i]!;
        run = 0;
      }
      run++;
    }
    if (run > 0) tally.add(said, run);
    tallies.push(tally);
  }
  return tallies;
}

/** Agreement step by step. */
export function timeAgreement(
  tier: Tier,
  lanes: readonly ComparedLane[],
  { annotators }: Pick<ComparedSet, "annotators">,
  options: AgreementOptions,
  by: ResampledBy,
): Pick<IntervalTierAgreement, "time" | "confusion"> {
  const reader = new TimeReader(tier, lanes, options);
  const read = lanes.map((lane) => reader.read(lane, annotators));
  const { labels } = reader;
  const raters = annotators.length;
  const parts = partsOf(lanes, read, raters, labels.length, options, by);
  const whole = new NominalTally(raters, labels.length, summed(parts, tallyLength(raters, labels.length)));

  const statistics = (tally: NominalTally): (number | undefined)[] => [
    fleissKappa(tally),
    nominalAlpha(tally),
    ...eachPair(raters).map(([a, b]) => kappaOfTable(tally.pairTable(a, b), labels.length).kappa),
  ];
  const intervals = resampledIntervals(
    parts,
    (sums) => statistics(new NominalTally(raters, labels.length, sums)),
    by.plan,
  );
  const [fleiss, alpha] = statistics(whole);
  const reason = whyNot(whole);
  const confusion = new Float64Array(labels.length ** 2);
  const pairs: TimePair[] = [];
  eachPair(raters).forEach(([a, b], i) => {
    const table = whole.pairTable(a, b);
    const { n, agreement, kappa } = kappaOfTable(table, labels.length);
    if (n === 0 && !share(lanes, annotators[a]!, annotators[b]!)) return;
    table.forEach((count, cell) => (confusion[cell]! += count));
    pairs.push({
      ...{ a: annotators[a]!, b: annotators[b]!, n, agreement: agreement ?? null, kappa: kappa ?? null },
      interval: kappa === undefined ? null : (intervals[2 + i] ?? null),
      ...(kappa === undefined && { reason: n === 0 ? nothingShared : oneLabel }),
    });
  });
  return {
    time: {
      pairs,
      fleiss: {
        kappa: fleiss ?? null,
        interval: fleiss === undefined ? null : (intervals[0] ?? null),
        ...(fleiss === undefined && { reason }),
      },
      alpha: {
        value: alpha ?? null,
        interval: alpha === undefined ? null : (intervals[1] ?? null),
        ...(alpha === undefined && { reason }),
      },
      perLabel: labels.map((label, c) => {
        const kappa = labelKappa(whole, c);
        return { label, kappa: kappa ?? null, ...(kappa === undefined && { reason: labelReason }) };
      }),
    },
    confusion: {
      labels,
      counts: labels.map((_, a) => [...confusion.subarray(a * labels.length, (a + 1) * labels.length)]),
    },
  };
}

const nothingShared = "There is no time that both labelled.";
const oneLabel = "Both said one and the same label throughout: chance alone would agree always.";
const labelReason = "The label never occurs, or nothing else does.";

function whyNot(tally: NominalTally): string {
  const compared = eachPair(tally.raters).some(([a, b]) => tally.pairTable(a, b).some((count) => count > 0));
  return compared ? "One label alone occurs: chance alone would agree always." : nothingShared;
}

function share(lanes: readonly ComparedLane[], a: string, b: string): boolean {
  return lanes.some(({ byAnnotator }) => byAnnotator.has(a) && byAnnotator.has(b));
}

/** What is drawn in a bootstrap: clips with all their lanes, or pieces of time over all lanes of the one clip. */
function partsOf(
  lanes: readonly ComparedLane[],
  read: readonly ReadLane[],
  raters: number,
  categories: number,
  { stepMs }: AgreementOptions,
  by: ResampledBy,
): Float64Array[] {
  const length = tallyLength(raters, categories);
  if (by.plan.method === "parts") {
    const clips = [...new Set(lanes.map(({ clip }) => clip))];
    return clips.map((clip) => {
      const own = read.filter((_, i) => lanes[i]!.clip === clip);
      return summed(
        own.flatMap((lane) => talliesOf(lane, raters, categories, lane.steps).map(({ counts }) => counts)),
        length,
      );
    });
  }
  const pieceSteps = Math.max(1, Math.round(by.pieceMs / stepMs));
  const perLane = read.map((lane) => talliesOf(lane, raters, categories, pieceSteps));
  return Array.from({ length: Math.max(0, ...perLane.map((tallies) => tallies.length)) }, (_, i) =>
    summed(
      perLane.flatMap((tallies) => tallies[i]?.counts ?? []),
      length,
    ),
  );
}

function summed(rows: readonly Float64Array[], length: number): Float64Array {
  const sums = new Float64Array(length);
  for (const row of rows) for (let i = 0; i < length; i++) sums[i]! += row[i]!;
  return sums;
}
