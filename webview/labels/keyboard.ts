import { isLabelAction, labelActions, type LabelActionId } from "../../shared/labels/actions.ts";
import { wantsKey } from "../player/keys.ts";
import type { EditorState } from "./editorState.ts";
import type { Lane } from "./lanes.ts";
import { runAction } from "./runAction.ts";
import { holds } from "../../shared/protocol/scheme.ts";

/** A key that is held longer than this was meant to be held: its label ends when it is let go. */
const heldMs = 350;

/** The key of an event in VS Code's writing. */
function written(event: KeyboardEvent): string {
  const named: Readonly<Record<string, string>> = {
    " ": "space",
    ArrowLeft: "left",
    ArrowRight: "right",
    ArrowUp: "up",
    ArrowDown: "down",
    Escape: "escape",
  };
  // The digit or sign that the key has without shift.
  const plain: Readonly<Record<string, string>> = {
    ...{ Comma: ",", Period: ".", Slash: "/", BracketLeft: "[", BracketRight: "]", Digit0: "0", Digit1: "1" },
  };
  const key = named[event.key] ?? (event.shiftKey ? plain[event.code] : undefined) ?? event.key.toLowerCase();
  return [
    ...(event.ctrlKey || event.metaKey ? ["ctrl"] : []),
    ...(event.shiftKey ? ["shift"] : []),
    ...(event.altKey ? ["alt"] : []),
    key,
  ].join("+");
}

const byKey = new Map<string, LabelActionId>(labelActions.map(({ key, id }) => [key, id]));

/** The lane and label of a key: on the active tier first, else on the first tier that has it. */
export function labelOfKey(state: EditorState, key: string): { lane: Lane; label: string } | undefined {
  const active = state.activeLane;
  const lanes = state.lanes.value;
  for (const lane of active === undefined ? lanes : [active, ...lanes]) {
    const label = lane.tier.labels?.find((one) => one.key === key);
    if (label !== undefined && holds(lane.tier) !== "values") return { lane, label: label.id };
  }
  return undefined;
}

export interface KeyboardOptions {
  /** On the page; in VS Code actions come as commands, by keys that users can change. */
  readonly withActions: boolean;
  /** Runs it once the keys that were pressed before have done what they do. */
  readonly inTurn: (work: () => void) => void;
}

/** Listens to keys until it is told to stop. */
export function listenToKeys(state: EditorState, { withActions, inTurn }: KeyboardOptions): () => void {
  // While the clip plays a label is for the moment of its key; else for where the keys before it have led.
  const now = (work: () => void): void => (state.playback.playing.peek() ? work() : inTurn(work));
  let held: { readonly key: string; readonly since: number } | undefined;
  const onDown = (event: KeyboardEvent): void => {
    if (wantsKey(event)) return;
    if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const found = labelOfKey(state, event.key);
      if (found !== undefined) {
        event.preventDefault();
        state.labelKeys.set(event.key, performance.now());
        if (event.repeat) return;
        held = { key: event.key, since: performance.now() };
        now(() => {
          const { lane, label } = labelOfKey(state, event.key) ?? found;
          state.pressLabel(lane, label);
        });
        return;
      }
    }
    if (!withActions) return;
    const undo = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z";
    if (undo || ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "y")) {
      event.preventDefault();
      if (undo && !event.shiftKey) state.store.undo();
      else state.store.redo();
      return;
    }
    const id = byKey.get(written(event));
    if (id === undefined) return;
    event.preventDefault();
    runAction(id, state);
  };
  const onUp = (event: KeyboardEvent): void => {
    if (held?.key !== event.key) return;
    const long = performance.now() - held.since > heldMs;
    held = undefined;
    if (long) now(() => state.stopRunning());
  };
  addEventListener("keydown", onDown);
  addEventListener("keyup", onUp);
  return () => {
    removeEventListener("keydown", onDown);
    removeEventListener("keyup", onUp);
  };
}

/** The command of a key comes by way of the extension host within this. */
const commandMs = 2000;

/**
 * A command of VS Code. Where the scheme uses its default key for a label, that key is the label's; a key that the user gave
 * the command, the palette and a menu run it all the same.
 */
export function runCommand(state: EditorState, action: string, now = performance.now()): void {
  if (!isLabelAction(action)) return;
  const { key } = labelActions.find(({ id }) => id === action)!;
  const pressedAt = state.labelKeys.get(key);
  if (pressedAt === undefined || now - pressedAt > commandMs) runAction(action, state);
}
