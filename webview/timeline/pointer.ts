import type { TimelineLayer } from "../draw/layer.ts";
import { spanMs, xToTime } from "../draw/timeView.ts";
import type { Playback } from "../player/playback.ts";
import type { ClipView } from "./clipView.ts";

/** A point of the layers under the pointer. */
export interface LayerPoint<L extends TimelineLayer = TimelineLayer> {
  readonly timeMs: number;
  /** From the left of the layers and from the top of the first one, CSS pixels; above the layers `y` is negative. */
  readonly x: number;
  readonly y: number;
  /** Of the layers. */
  readonly width: number;
  readonly layer: L | undefined;
  /** Things are taken hold of this near, CSS pixels: a finger is less exact than a mouse. */
  readonly reachPx: number;
  /** Alt: nothing snaps. */
  readonly free: boolean;
  /** Ctrl or Cmd: what is chosen stays chosen. */
  readonly more: boolean;
}

/** What pressing, dragging and letting go do on the layers of a timeline. */
export interface PointerMode<L extends TimelineLayer = TimelineLayer> {
  readonly name: "seek" | "select" | "draw";
  /** Over a point where nothing is pressed. */
  cursorAt(point: LayerPoint<L>): string;
  press(point: LayerPoint<L>): void;
  drag(point: LayerPoint<L>): void;
  release(): void;
  /** What was pressed is let go without effect. */
  cancel(): void;
}

/** A press or a drag leads the playhead there. */
export function seekMode(playback: Playback): PointerMode {
  const seek = ({ timeMs }: LayerPoint): void => playback.seek(timeMs);
  const nothing = (): void => undefined;
  return {
    ...{ name: "seek", cursorAt: () => "crosshair", press: seek, drag: seek },
    ...{ release: nothing, cancel: nothing },
  };
}

export interface PointerTargets<L extends TimelineLayer> {
  readonly clip: ClipView;
  /** The mode that counts now. */
  readonly mode: () => PointerMode<L>;
  /** For the axis, in every mode. */
  readonly seek: PointerMode;
  readonly pointOf: (event: MouseEvent) => LayerPoint<L>;
}

/** Shift-drag or the middle button pans, the wheel pans, with Ctrl or Cmd it zooms; all else is the mode's. */
export class TimelinePointer<L extends TimelineLayer> {
  readonly #targets: PointerTargets<L>;
  #pressed: PointerMode<L> | "pan" | undefined;

  constructor(targets: PointerTargets<L>) {
    this.#targets = targets;
  }

  down(event: PointerEvent): void {
    const { mode, seek, pointOf } = this.#targets;
    if (event.button === 2) return;
    (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    const point = pointOf(event);
    if (event.button === 1 || event.shiftKey) {
      this.#pressed = "pan";
      return;
    }
    this.#pressed = point.y < 0 ? seek : mode();
    this.#pressed.press(point);
  }

  /** @returns whether nothing is pressed */
  move(event: PointerEvent): boolean {
    const { clip, mode, pointOf } = this.#targets;
    const point = pointOf(event);
    if (this.#pressed === undefined) {
      const cursor = point.y < 0 ? "ew-resize" : mode().cursorAt(point);
      (event.currentTarget as HTMLElement).style.cursor = cursor;
      return true;
    }
    if (this.#pressed === "pan") clip.pan(-event.movementX * this.#msPerPixel(point));
    else this.#pressed.drag(point);
    return false;
  }

  up(): void {
    const pressed = this.#pressed;
    this.#pressed = undefined;
    if (pressed !== "pan") pressed?.release();
  }

  cancel(): void {
    const pressed = this.#pressed;
    this.#pressed = undefined;
    if (pressed !== "pan") pressed?.cancel();
  }

  wheel(event: WheelEvent): void {
    const { clip, pointOf } = this.#targets;
    const point = pointOf(event);
    const sideways = event.deltaX + (event.shiftKey ? event.deltaY : 0);
    if (event.ctrlKey || event.metaKey) clip.zoom(Math.exp(event.deltaY / 300), point.timeMs);
    else if (sideways !== 0) clip.pan(sideways * this.#msPerPixel(point));
    else return;
    event.preventDefault();
  }

  #msPerPixel({ width }: LayerPoint): number {
    return spanMs(this.#targets.clip.view.peek()) / Math.max(width, 1);
  }
}

/** The time of an event on an element that is as wide as the view. */
export function placeOf(event: MouseEvent, element: HTMLElement, clip: ClipView) {
  const box = element.getBoundingClientRect();
  const x = event.clientX - box.left;
  return {
    ...{ x, y: event.clientY - box.top, width: box.width },
    timeMs: xToTime(clip.view.peek(), x, box.width),
  };
}
