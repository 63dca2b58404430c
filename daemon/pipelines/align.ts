import type { Face } from "../../shared/protocol/results.ts";
import type { Stage } from "./stage.ts";
import type { VisualFrame } from "./seen.ts";

/**
 * Moves the emotions of recorded faces back by the lag of their smoothing: a frame gets what its face showed `lagMs` later,
 * or last before it left or the scene changed. Everything else of a line is as it was. Frames wait for `lagMs`.
 */
export function alignEmotions(lagMs: number): Stage<VisualFrame, VisualFrame> {
  return async function* (frames) {
    const waiting: VisualFrame[] = [];
    for await (const frame of frames) {
      while (waiting.length > 0 && frame.line.timeMs > waiting[0]!.line.timeMs + lagMs) {
        yield aligned(waiting);
        waiting.shift();
      }
      waiting.push(frame);
    }
    for (; waiting.length > 0; waiting.shift()) yield aligned(waiting);
  };
}

/** The first of these frames, with the latest emotion that each of its faces has in one piece with it. */
function aligned(frames: readonly VisualFrame[]): VisualFrame {
  const [first, ...later] = frames as [VisualFrame, ...VisualFrame[]];
  const faces = first.line.faces.map((face): Face => {
    if (face.emotion === undefined) return face;
    let shown = face;
    for (const { line, cut } of later) {
      const next = cut ? undefined : line.faces.find(({ track }) => track === face.track);
      if (next === undefined) break;
      if (next.emotion !== undefined) shown = next;
    }
    const { emotion, compound, avatar } = shown;
    return { ...face, emotion, ...(compound && { compound }), ...(avatar && { avatar }) };
  });
  return { ...first, line: { ...first.line, faces } };
}
