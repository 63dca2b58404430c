import { computed, signal, type ReadonlySignal, type Signal } from "@preact/signals";
import type { Analysis, AnalysisEvent } from "../../../shared/protocol/results.ts";
import type { LoadedResult } from "../../data/resultLoader.ts";
import type { RowStyle } from "../../draw/seriesRow.ts";
import type { TimelineRow } from "../../draw/timeline.ts";
import { followTime, panView, zoomView, type TimeView } from "../../draw/timeView.ts";
import { timelineGroups, type RowKind, type TimelineGroup } from "./timelineGroups.ts";

/** What the timeline shows: its groups and rows, the part of the clip, and how probabilities are drawn. */
export class TimelineState {
  readonly durationMs: number;
  readonly events: readonly AnalysisEvent[];
  /** Every group, in the user's order: pinned ones first. */
  readonly groups: ReadonlySignal<readonly TimelineGroup[]>;
  /** What is drawn: a line for each group that is not left out, and below it the rows of those that are open. */
  readonly rows: ReadonlySignal<readonly TimelineRow[]>;
  readonly style: Signal<RowStyle> = signal("bands");
  /** Ids of groups. */
  readonly open: Signal<ReadonlySet<string>>;
  readonly pinned: Signal<ReadonlySet<string>> = signal(new Set());
  readonly leftOut: Signal<ReadonlySet<string>> = signal(new Set());
  readonly kindsLeftOut: Signal<ReadonlySet<RowKind>> = signal(new Set());
  /** Ids of groups that were moved, in their order; the others follow. */
  readonly #order: Signal<readonly string[]> = signal([]);
  /** The canvas that is drawn on now, for the export as a picture. */
  canvas: HTMLCanvasElement | undefined;
  readonly #view: Signal<TimeView>;

  constructor(
    analysis: Analysis,
    { series, carried, mel }: Pick<LoadedResult, "series" | "carried" | "mel">,
  ) {
    this.durationMs = Math.max(analysis.media.durationMs, 1);
    this.#view = signal({ startMs: 0, endMs: this.durationMs });
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
      const parts = { series: series.value, carried: carried.value, mel: mel.value };
      const groups = timelineGroups({ tracks: analysis.tracks, events: this.events }, parts);
      const order = this.#order.value;
      const place = ({ id }: TimelineGroup): number =>
        (this.pinned.value.has(id) ? 0 : 1e6) + (order.includes(id) ? order.indexOf(id) : 1e3);
      return groups.toSorted((a, b) => place(a) - place(b));
    });
    this.rows = computed(() =>
      this.groups.value
        .filter(({ id }) => !this.leftOut.value.has(id))
        .flatMap(({ id, title, lead, rows }): TimelineRow[] => [
          { kind: "lane", id, title, series: lead },
          ...(this.open.value.has(id)
            ? rows.filter(({ kind }) => !this.kindsLeftOut.value.has(kind)).map(({ row }) => row)
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

  get view(): ReadonlySignal<TimeView> {
    return this.#view;
  }

  zoom(factor: number, aroundMs: number): void {
    this.#view.value = zoomView(this.#view.value, aroundMs, factor, this.durationMs);
  }

  pan(byMs: number): void {
    this.#view.value = panView(this.#view.value, byMs, this.durationMs);
  }

  showAll(): void {
    this.#view.value = { startMs: 0, endMs: this.durationMs };
  }

  /** Turns the page when the playhead leaves the view. */
  follow(timeMs: number): void {
    this.#view.value = followTime(this.#view.value, timeMs, this.durationMs);
  }

  /** Start of the event after (or before) `timeMs`. */
  eventAfter(timeMs: number, direction: 1 | -1): number | undefined {
    const starts = this.events.map((event) => event.startMs);
    return direction > 0
      ? starts.find((start) => start > timeMs + 1)
      : starts.findLast((start) => start < timeMs - 1);
  }
}

/** The set with `value` added, or taken out where it was in. */
export function toggled<T>(set: ReadonlySet<T>, value: T): ReadonlySet<T> {
  const next = new Set(set);
  if (!next.delete(value)) next.add(value);
  return next;
}
