import { spanMs, xToTime } from "../../draw/timeView.ts";
import type { Playback } from "../../player/playback.ts";
import type { TimelineState } from "./timelineState.ts";

/** Click and drag seek; shift-drag or the middle button pans; the wheel pans, with Ctrl or Cmd it zooms. */
export function pointerHandlers(timeline: TimelineState, playback: Playback) {
  const timeAt = (event: MouseEvent): number => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    return xToTime(timeline.view.peek(), event.clientX - box.left, box.width);
  };
  const msPerPixel = (event: Event): number =>
    spanMs(timeline.view.peek()) / Math.max((event.currentTarget as HTMLElement).clientWidth, 1);
  const pans = (event: PointerEvent): boolean => event.shiftKey || (event.buttons & 4) !== 0;

  return {
    onPointerDown: (event: PointerEvent): void => {
      (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
      if (event.button === 0 && !event.shiftKey) playback.seek(timeAt(event));
    },
    onPointerMove: (event: PointerEvent): void => {
      if (event.buttons === 0) return;
      if (pans(event)) timeline.pan(-event.movementX * msPerPixel(event));
      else playback.seek(timeAt(event));
    },
    onPointerUp: (event: PointerEvent): void => {
      (event.currentTarget as HTMLElement).releasePointerCapture(event.pointerId);
    },
    onWheel: (event: WheelEvent): void => {
      const sideways = event.deltaX + (event.shiftKey ? event.deltaY : 0);
      if (event.ctrlKey || event.metaKey) timeline.zoom(Math.exp(event.deltaY / 300), timeAt(event));
      else if (sideways !== 0) timeline.pan(sideways * msPerPixel(event));
      else return;
      event.preventDefault();
    },
  };
}
