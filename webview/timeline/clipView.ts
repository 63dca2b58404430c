import { signal, type ReadonlySignal, type Signal } from "@preact/signals";
import { followTime, panView, zoomView, type TimeView } from "../draw/timeView.ts";

/** The part of a clip that a timeline shows: it zooms, pans and follows the playhead, and never leaves the clip. */
export abstract class ClipView {
  readonly #view: Signal<TimeView>;

  constructor(view: TimeView) {
    this.#view = signal(view);
  }

  /** Length of all there is to see. */
  abstract get wholeMs(): number;

  get view(): ReadonlySignal<TimeView> {
    return this.#view;
  }

  /** @param factor below 1 comes closer */
  zoom(factor: number, aroundMs: number): void {
    this.#view.value = zoomView(this.#view.value, aroundMs, factor, this.wholeMs);
  }

  pan(byMs: number): void {
    this.#view.value = panView(this.#view.value, byMs, this.wholeMs);
  }

  show(view: TimeView): void {
    this.#view.value = panView(view, 0, this.wholeMs);
  }

  showAll(): void {
    this.#view.value = { startMs: 0, endMs: this.wholeMs };
  }

  /** Turns the page when the playhead leaves the view. */
  follow(timeMs: number): void {
    this.#view.value = followTime(this.#view.value, timeMs, this.wholeMs);
  }
}
