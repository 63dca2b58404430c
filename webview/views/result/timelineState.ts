import { computed, signal, type ReadonlySignal, type Signal } from "@preact/signals";
import type { Analysis, AnalysisEvent } from "../../../shared/protocol/results.ts";
import type { LoadedResult } from "../../data/resultLoader.ts";
import type { TimelineLayer } from "../../draw/layer.ts";
import { leadingLayer } from "../../draw/layers/leadingLayer.ts";
import type { SeriesStyle } from "../../draw/layers/seriesLayer.ts";
import { ClipView } from "../../timeline/clipView.ts";
import { timelineGroups, type RowKind, type TimelineGroup } from "./timelineGroups.ts";

/** What the timeline shows: its groups and layers, the part of the clip, and how probabilities are drawn. */
export class TimelineState extends ClipView {
  readonly wholeMs: number;
  readonly events: readonly AnalysisEvent[];
  /** Every group, in the user's order: pinned ones first. */
  readonly groups: ReadonlySignal<readonly TimelineGroup[]>;
  /** What is drawn: a line for each group that is not left out, and below it the layers of those that are open. */
  readonly layers: ReadonlySignal<readonly TimelineLayer[]>;
  readonly style: Signal<SeriesStyle> = signal("bands");
  /** Ids of groups. */
  readonly open: Signal<ReadonlySet<string>>;
  readonly pinned: Signal<ReadonlySet<string>> = signal(new Set());
  readonly leftOut: Signal<ReadonlySet<string>> = signal(new Set());
  readonly kindsLeftOut: Signal<ReadonlySet<RowKind>> = signal(new Set());
  /** Ids of groups that were moved, in their order; the others follow. */
  readonly #order: Signal<readonly string[]> = signal([]);

  constructor(
    analysis: Analysis,
    { series, carried, mel }: Pick<LoadedResult, "series" | "carried" | "mel">,
  ) {
    const wholeMs = Math.max(analysis.media.durationMs, 1);
    super({ startMs: 0, endMs: wholeMs });
    this.wholeMs = wholeMs;
    this.events = [...analysis.events].sort((a, b) => a.startMs - b.startMs);
    // One person is seen whole; of several, each is a line until it is opened.
    this.open = signal(
      new Set(
        analysis.tracks.length > 1
          ? ["clip"]
          : ["voice", "clip", ...analysis.tracks.map(({ id }) => `face:${id}`)],
      ),
    );
    this.groups = computed(() => {
      const parts = {
        ...{ series: series.value, carried: carried.value, mel: mel.value },
        style: this.style.value,
      };
      const groups = timelineGroups({ ...analysis, events: this.events }, parts);
      const order = this.#order.value;
      const place = ({ id }: TimelineGroup): number =>
        (this.pinned.value.has(id) ? 0 : 1e6) + (order.includes(id) ? order.indexOf(id) : 1e3);
      return groups.toSorted((a, b) => place(a) - place(b));
    });
    this.layers = computed(() =>
      this.groups.value
        .filter(({ id }) => !this.leftOut.value.has(id))
        .flatMap(({ id, title, lead, layers }): TimelineLayer[] => [
          leadingLayer(id, title, lead),
          ...(this.open.value.has(id)
            ? layers.filter(({ kind }) => !this.kindsLeftOut.value.has(kind)).map(({ layer }) => layer)
            : []),
        ]),
    );
  }

  /** Moves a group up (-1) or down (1) among those that are pinned, or those that are not. */
  move(id: string, by: -1 | 1): void {
    const ids = this.groups.value.map((group) => group.id);
    const from = ids.indexOf(id);
    const to = from + by;
    if (from < 0 || to < 0 || to >= ids.length) return;
    ids.splice(to, 0, ...ids.splice(from, 1));
    this.#order.value = ids;
  }

  /** Start of the event after (or before) `timeMs`. */
  eventAfter(timeMs: number, direction: 1 | -1): number | undefined {
    const starts = this.events.map((event) => event.startMs);
    return direction > 0
      ? starts.find((start) => start > timeMs + 1)
      : starts.findLast((start) => start < timeMs - 1);
  }
}
