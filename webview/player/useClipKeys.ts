import { useEffect } from "preact/hooks";
import type { Playback } from "./playback.ts";
import { handleKey, wantsKey } from "./keys.ts";

/** What the keys of a player move beside the clip itself. */
export interface KeyedView {
  readonly zoom: (factor: number, aroundMs: number) => void;
  readonly showAll: () => void;
  readonly follow: (timeMs: number) => void;
}

/** The player's keys, wherever the focus is that needs none for itself; where a key leads, the view goes along. */
export function useClipKeys(
  playback: Playback,
  view: KeyedView,
  durationMs: number,
  jumpToEvent: (direction: 1 | -1) => void = () => undefined,
): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (wantsKey(event)) return;
      const handled = handleKey(event, {
        ...{ playback, durationMs, jumpToEvent },
        zoom: (factor) => view.zoom(factor, playback.timeMs.peek()),
        showAll: () => view.showAll(),
      });
      if (!handled) return;
      event.preventDefault();
      view.follow(playback.timeMs.peek());
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [playback, view]);
}
