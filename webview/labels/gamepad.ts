import type { EditorState } from "./editorState.ts";

/** Below this a stick is at rest. */
const restDeflection = 0.08;

/** While a trace is rated, the first stick of a gamepad that is moved sets its value: up is high. */
export function runGamepad(editor: EditorState): () => void {
  let request = 0;
  const tick = (): void => {
    const rating = editor.rating.current.peek();
    if (rating !== undefined)
      for (const pad of navigator.getGamepads()) {
        const vertical = pad?.axes[1];
        if (vertical === undefined || Math.abs(vertical) < restDeflection) continue;
        const { minimum = 0, maximum = 1 } = rating.lane.tier;
        editor.rating.set((minimum + maximum) / 2 - (vertical * (maximum - minimum)) / 2);
        break;
      }
    request = requestAnimationFrame(tick);
  };
  request = requestAnimationFrame(tick);
  return () => cancelAnimationFrame(request);
}
