import { useLayoutEffect, useRef } from "preact/hooks";
import { shownKey, labelActions, type LabelActionId } from "../../../shared/labels/actions.ts";
import type { EditorState } from "../../labels/editorState.ts";
import type { Lane } from "../../labels/lanes.ts";
import { runAction } from "../../labels/runAction.ts";
import { holds } from "../../../shared/protocol/scheme.ts";

export interface MenuPlace {
  readonly x: number;
  readonly y: number;
  readonly lane: Lane;
  readonly timeMs: number;
}

interface LaneMenuProps {
  readonly editor: EditorState;
  readonly place: MenuPlace;
  readonly onClose: () => void;
}

const offered: readonly LabelActionId[] = [
  "loop",
  "split",
  "merge",
  "duplicate",
  "apex",
  "unsure",
  "comment",
  "remove",
];

/** Between the menu and the edges of the window. */
const marginPx = 4;

/** What the right button offers: labels of the tier, and edits of what is selected. */
export function LaneMenu({ editor, place, onClose }: LaneMenuProps) {
  const menu = useRef<HTMLUListElement>(null);
  // A tier may have more labels than there is room below the pointer.
  useLayoutEffect(() => {
    if (menu.current === null) return;
    const { width, height } = menu.current.getBoundingClientRect();
    menu.current.style.left = `${Math.max(marginPx, Math.min(place.x, innerWidth - width - marginPx))}px`;
    menu.current.style.top = `${Math.max(marginPx, Math.min(place.y, innerHeight - height - marginPx))}px`;
    menu.current.querySelector<HTMLElement>("button:enabled")?.focus();
  }, [place]);
  // Apart from the focus: the parent is drawn anew when a file is saved, and that must not move the focus back.
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const items = [...(menu.current?.querySelectorAll<HTMLElement>("button:enabled") ?? [])];
      const at = items.findIndex((item) => item === document.activeElement);
      const next = { ArrowDown: at + 1, ArrowUp: at - 1 }[event.key];
      if (event.key === "Escape") onClose();
      else if (next !== undefined) items[(next + items.length) % items.length]?.focus();
      else return;
      event.preventDefault();
      event.stopPropagation();
    };
    const outside = (event: Event): void => {
      if (!(event.target instanceof Node && menu.current?.contains(event.target))) onClose();
    };
    addEventListener("keydown", onKey, true);
    addEventListener("pointerdown", outside, true);
    return () => {
      removeEventListener("keydown", onKey, true);
      removeEventListener("pointerdown", outside, true);
    };
  }, [onClose]);
  const run = (work: () => void) => () => {
    onClose();
    work();
  };
  const labels = holds(place.lane.tier) === "values" ? [] : (place.lane.tier.labels ?? []);
  const some = editor.selection.value.size > 0;
  return (
    <ul ref={menu} class="labels-menu" role="menu">
      {some &&
        labels.map(({ id, key }) => (
          <li key={id} role="none">
            <button type="button" role="menuitem" onClick={run(() => editor.pressLabel(place.lane, id))}>
              {id} <span class="muted">{key}</span>
            </button>
          </li>
        ))}
      {offered.map((id) => {
        const action = labelActions.find((one) => one.id === id)!;
        return (
          <li key={id} role="none">
            <button type="button" role="menuitem" disabled={!some} onClick={run(() => runAction(id, editor))}>
              {action.title} <span class="muted">{shownKey(action.key)}</span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}
