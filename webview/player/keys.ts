import type { Playback } from "./playback.ts";

export interface Shortcut {
  readonly keys: string;
  readonly does: string;
}

/** Shown in the help of the player. */
export const shortcuts: readonly Shortcut[] = [
  { keys: "Space / K", does: "Play or pause / pause" },
  { keys: "L / J", does: "Play forwards / backwards; again: faster" },
  { keys: "→ / ←, . / ,", does: "One frame on / back" },
  { keys: "Shift + → / ←", does: "One second on / back" },
  { keys: "] / [", does: "Faster / slower" },
  { keys: "Home / End", does: "Start / end of the clip" },
  { keys: "N / P", does: "Next / previous event" },
  { keys: "+ / −, 0", does: "Zoom the timeline in / out, show all" },
  { keys: "Ctrl + wheel, Shift + drag", does: "Zoom, move the timeline" },
];

export interface KeyActions {
  readonly playback: Playback;
  readonly durationMs: number;
  readonly jumpToEvent: (direction: 1 | -1) => void;
  readonly zoom: (factor: number) => void;
  readonly showAll: () => void;
}

/** Runs the shortcut of `event`, if it has one; says whether it did. */
export function handleKey(event: KeyboardEvent, actions: KeyActions): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const { playback } = actions;
  const arrow = (by: 1 | -1): void => {
    if (event.shiftKey) playback.skip(by * 1000);
    else playback.step(by);
  };
  const table: Record<string, () => void> = {
    " ": () => playback.toggle(),
    k: () => playback.pause(),
    l: () => playback.shuttle(1),
    j: () => playback.shuttle(-1),
    ArrowRight: () => arrow(1),
    ArrowLeft: () => arrow(-1),
    ".": () => playback.step(1),
    ",": () => playback.step(-1),
    "]": () => playback.changeSpeed(1),
    "[": () => playback.changeSpeed(-1),
    Home: () => playback.seek(0),
    End: () => playback.seek(actions.durationMs),
    n: () => actions.jumpToEvent(1),
    p: () => actions.jumpToEvent(-1),
    "+": () => actions.zoom(0.5),
    "=": () => actions.zoom(0.5),
    "-": () => actions.zoom(2),
    "0": () => actions.showAll(),
  };
  const run = table[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (run === undefined) return false;
  run();
  return true;
}

/** Whether the element under focus wants the key for itself: fields and dialogs always, buttons the space bar. */
export function wantsKey(event: KeyboardEvent): boolean {
  const target = event.composedPath()[0];
  if (!(target instanceof HTMLElement)) return false;
  if (target.matches("input, textarea, select, [contenteditable]")) return true;
  // Over the page: Escape closes it, and no key reaches through.
  if (target.closest("dialog") !== null) return true;
  if (target.closest("vscode-single-select, [role=tablist], .table-scroll") !== null)
    return event.key.startsWith("Arrow") || event.key === " " || event.key === "Home" || event.key === "End";
  return (
    (event.key === " " || event.key === "Enter") &&
    target.matches("button, a, summary, vscode-button, vscode-checkbox")
  );
}
