import { computed, signal, type ReadonlySignal, type Signal } from "@preact/signals";
import { melStripFormat } from "../../../shared/protocol/mel.ts";
import type { Analysis, AnalysisEvent } from "../../../shared/protocol/results.ts";
import type { LoadedResult } from "../../data/resultLoader.ts";
import type { RowStyle } from "../../draw/seriesRow.ts";
import { layoutRows, type TimelineRow } from "../../draw/timeline.ts";
import { followTime, panView, zoomView, type TimeView } from "../../draw/timeView.ts";

export const eventTitles: Readonly<Record<AnalysisEvent["kind"], string>> = {
  blink: "Blinks",
  gaze_away: "Gaze away",
  micro_expression: "Micro-expression candidate",
  scene_cut: "Cuts",
  prompt: "Prompts",
  answer: "Answers",
};

const laneTitles: typeof eventTitles = { ...eventTitles, micro_expression: "Micro-expr. cand." };

const melTitle = `Mel, ${melStripFormat.lowHz}–${melStripFormat.highHz} Hz`;

/** What the timeline shows: its rows, the part of the clip, and how probabilities are drawn. */
export class TimelineState {
  readonly durationMs: number;
  readonly events: readonly AnalysisEvent[];
  readonly rows: ReadonlySignal<readonly TimelineRow[]>;
  readonly style: Signal<RowStyle> = signal("bands");
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
    const lanes = this.#lanes(analysis.tracks.length > 1);
    this.rows = computed(() => [
      ...series.value.map((one): TimelineRow => ({
        kind: "series",
        id: one.id,
        title: one.title,
        series: one,
      })),
      ...carried.value.map(({ seriesId, title, stretches }): TimelineRow => {
        return { kind: "stretches", id: `carried:${seriesId}`, title, stretches };
      }),
      ...(mel.value ? [{ kind: "mel", id: "mel", title: melTitle, mel: mel.value } as const] : []),
      ...analysis.tracks.flatMap(({ id, blinkRate }): TimelineRow[] =>
        blinkRate
          ? [{ kind: "rate", id: `blinks:${id}`, title: `Blinks a minute · ${id}`, rate: blinkRate }]
          : [],
      ),
      ...lanes,
    ]);
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

  /** The rows' titles, each with its top in CSS pixels. */
  titles(): [string, number][] {
    const rows = this.rows.value;
    const { tops } = layoutRows(rows);
    return rows.map((row, i) => [row.title, tops[i]!]);
  }

  /** Start of the event after (or before) `timeMs`. */
  eventAfter(timeMs: number, direction: 1 | -1): number | undefined {
    const starts = this.events.map((event) => event.startMs);
    return direction > 0
      ? starts.find((start) => start > timeMs + 1)
      : starts.findLast((start) => start < timeMs - 1);
  }

  /** A lane for each kind that occurs; with several faces, one for each of them, numbered. */
  #lanes(byTrack: boolean): TimelineRow[] {
    const lanes = new Map<string, { title: string; events: AnalysisEvent[] }>();
    for (const event of this.events) {
      const track = byTrack ? event.track : undefined;
      const id = `events:${event.kind}:${track ?? ""}`;
      const title = `${laneTitles[event.kind]}${track === undefined ? "" : ` · ${track}`}`;
      const lane = lanes.get(id) ?? { title, events: [] };
      lane.events.push(event);
      lanes.set(id, lane);
    }
    return [...lanes].map(([id, lane]) => ({ kind: "events", id, ...lane }));
  }
}
