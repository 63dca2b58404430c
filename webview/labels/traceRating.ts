import { signal, type ReadonlySignal, type Signal } from "@preact/signals";
import { punchTrace } from "../../shared/labels/edits.ts";
import { holds } from "../../shared/protocol/scheme.ts";
import { formatTime } from "../draw/timeView.ts";
import type { Playback } from "../player/playback.ts";
import type { Edit, LabelsStore } from "./labelsStore.ts";
import type { Lane } from "./lanes.ts";

/** A trace that is being rated while the clip plays. */
export interface Rating {
  readonly lane: Lane;
  readonly startMs: number;
  readonly values: (number | null)[];
  /** What is rated now. */
  value: number;
}

/** What of the editor rating works on. */
export interface RatedClip {
  readonly store: LabelsStore;
  readonly playback: Playback;
  readonly lanes: ReadonlySignal<readonly Lane[]>;
  readonly activeLane: Lane | undefined;
  readonly activeKey: Signal<string | undefined>;
  /** The playhead, at the edge of a frame. */
  readonly hereMs: number;
  /** To a screen reader. */
  say(text: string): void;
}

/** Rates a trace while the clip plays, by mouse, keys or gamepad; a part that was rated is rated again over it. */
export class TraceRating {
  readonly current = signal<Rating | undefined>(undefined);
  readonly #editor: RatedClip;

  constructor(editor: RatedClip) {
    this.#editor = editor;
  }

  /** Starts to rate the active trace, or ends it and writes what was rated. */
  toggle(): void {
    if (this.current.value !== undefined) {
      this.stop();
      return;
    }
    const lane =
      this.#editor.activeLane !== undefined && isRated(this.#editor.activeLane)
        ? this.#editor.activeLane
        : this.#editor.lanes.value.find(isRated);
    if (lane === undefined) {
      this.#editor.say("The scheme has no trace.");
      return;
    }
    this.#editor.activeKey.value = lane.key;
    const startMs = this.#editor.hereMs;
    this.current.value = { lane, startMs, values: [], value: ratedAt(lane, startMs) };
    this.#editor.say(`Rating ${lane.title}`);
    this.#editor.playback.play();
  }

  stop(): void {
    const rating = this.current.value;
    if (rating === undefined) return;
    this.current.value = undefined;
    this.#editor.playback.pause();
    if (rating.values.length > 0) this.#editor.store.apply(written(rating));
    this.#editor.say(`Rated ${formatTime(rating.startMs)} to ${formatTime(this.#editor.hereMs)}`);
  }

  /** Keeps what is rated now, for the time that the clip has come to while it plays. */
  keep(timeMs: number): void {
    const rating = this.current.value;
    if (rating === undefined) return;
    const stepMs = 1000 / (rating.lane.trace?.rateHz ?? rating.lane.tier.rateHz ?? 25);
    const at = Math.floor((timeMs - rating.startMs) / stepMs);
    // Between two frames the value is held.
    while (rating.values.length <= at) rating.values.push(rating.value);
  }

  /** What was rated so far, as it will be written. */
  get edit(): Edit | undefined {
    const rating = this.current.peek();
    return rating === undefined || rating.values.length === 0 ? undefined : written(rating);
  }

  set(value: number): void {
    const rating = this.current.value;
    if (rating === undefined) return;
    const { minimum = 0, maximum = 1 } = rating.lane.tier;
    rating.value = Math.min(Math.max(value, minimum), maximum);
  }
}

/** What is rated, as the file will hold it. */
function written({ lane: { tier, face }, startMs, values }: Rating): Edit {
  return (document) =>
    punchTrace(document, { tier: tier.id, face, rateHz: tier.rateHz ?? 25 }, startMs, values);
}

const isRated = ({ tier }: Lane): boolean => holds(tier) === "values";

/** Where rating begins: at what was rated there, so that a part that is rated again joins on; else in the middle. */
function ratedAt({ tier, trace }: Lane, timeMs: number): number {
  const { minimum = 0, maximum = 1 } = tier;
  const was =
    trace === undefined
      ? undefined
      : trace.values[Math.round(((timeMs - trace.startMs) * trace.rateHz) / 1000)];
  return was ?? (minimum + maximum) / 2;
}
