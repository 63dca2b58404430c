import { changeAnnotations, newId } from "../../shared/labels/edits.ts";
import type { Annotation } from "../../shared/protocol/labels.ts";
import { spanMs, timeToX, xToTime } from "../draw/timeView.ts";
import { layoutLanes } from "./drawLanes.ts";
import type { EditorState } from "./editorState.ts";
import { freeAround, moved, place } from "./labelling.ts";
import type { Lane } from "./lanes.ts";

/** An edge is taken hold of this near, and things snap to each other, in CSS pixels. */
const edgePx = 6;
const snapPx = 7;
/** Movements below this are a click. */
const dragPx = 4;

interface Drag {
  readonly kind: "seek" | "draw" | "move" | "pan";
  readonly lane: Lane | undefined;
  readonly annotation?: Annotation;
  readonly part?: "body" | "start" | "end";
  readonly fromMs: number;
  readonly fromX: number;
  toMs: number;
  moved: boolean;
}

export interface Hit {
  readonly lane: Lane | undefined;
  readonly annotation: Annotation | undefined;
  readonly part: "body" | "start" | "end";
  readonly timeMs: number;
}

/** What lies under a point of the lanes' canvas. */
export function hitTest(state: EditorState, x: number, y: number, width: number): Hit {
  const lanes = state.lanes.peek();
  const { tops } = layoutLanes(lanes);
  const view = state.view.peek();
  const timeMs = xToTime(view, x, width);
  const lane = lanes.find((one, i) => y >= tops[i]! && y < tops[i]! + one.height);
  const nothing: Hit = { lane, annotation: undefined, part: "body", timeMs };
  if (lane === undefined || lane.tier.kind === "trace") return nothing;
  const slack = (edgePx * spanMs(view)) / Math.max(width, 1);
  let best: (Hit & { readonly apart: number }) | undefined;
  for (const annotation of lane.annotations.between(timeMs - slack, timeMs + slack)) {
    const toStart = Math.abs(timeToX(view, annotation.startMs, width) - x);
    const toEnd = Math.abs(timeToX(view, annotation.endMs ?? annotation.startMs, width) - x);
    const wide = annotation.endMs !== undefined && toStart + toEnd > 3 * edgePx;
    const part = !wide || Math.min(toStart, toEnd) > edgePx ? "body" : toStart < toEnd ? "start" : "end";
    const inside = timeMs >= annotation.startMs && timeMs <= (annotation.endMs ?? annotation.startMs);
    const apart = (inside ? 0 : edgePx) + (part === "body" ? 0 : Math.min(toStart, toEnd) / edgePx - 1);
    if (best === undefined || apart < best.apart) best = { lane, annotation, part, timeMs, apart };
  }
  return best ?? nothing;
}

/** Draw, drag edges and bodies, select; the axis seeks; the wheel zooms with Ctrl and pans with Shift. */
export class LanePointer {
  readonly #state: EditorState;
  readonly #onChange: () => void;
  #drag: Drag | undefined;

  constructor(state: EditorState, onChange: () => void) {
    this.#state = state;
    this.#onChange = onChange;
  }

  /** The stretch that is being drawn, or the annotation as it is being dragged. */
  get preview():
    | { readonly lane: Lane; readonly startMs: number; readonly endMs: number; readonly label: string }
    | undefined {
    const drag = this.#drag;
    if (drag?.lane === undefined || !drag.moved || drag.kind === "seek" || drag.kind === "pan")
      return undefined;
    const { lane, annotation } = drag;
    if (drag.kind === "draw") {
      const label = this.#labelFor(lane);
      return label === undefined
        ? undefined
        : { lane, label, startMs: Math.min(drag.fromMs, drag.toMs), endMs: Math.max(drag.fromMs, drag.toMs) };
    }
    if (annotation === undefined) return undefined;
    const now = { ...annotation, ...this.#movedTo(drag) };
    return { lane, label: annotation.label, startMs: now.startMs, endMs: now.endMs ?? now.startMs };
  }

  down(event: PointerEvent): void {
    const { x, y, width, target } = place2d(event);
    if (event.button === 2) return;
    target.setPointerCapture(event.pointerId);
    const state = this.#state;
    const hit = hitTest(state, x, y, width);
    if (hit.lane !== undefined) state.activeKey.value = hit.lane.key;
    const base = { lane: hit.lane, fromX: event.clientX, moved: false };
    if (event.button === 1 || event.shiftKey) {
      this.#drag = { kind: "pan", ...base, fromMs: hit.timeMs, toMs: hit.timeMs };
      return;
    }
    const { annotation, part } = hit;
    if (annotation === undefined) {
      const fromMs = this.#snapped(hit.timeMs, width, event.altKey);
      const draws = hit.lane?.tier.kind === "interval";
      this.#drag = { kind: draws ? "draw" : "seek", ...base, fromMs, toMs: fromMs };
      const proposal = hit.lane && [...hit.lane.proposals.between(hit.timeMs, hit.timeMs)][0];
      state.currentProposal.value = proposal?.id;
      if (!event.ctrlKey && !event.metaKey) state.select([]);
      if (!draws) state.goTo(fromMs);
      return;
    }
    const selection = state.selection.peek();
    if (event.ctrlKey || event.metaKey) {
      const next = new Set(selection);
      if (!next.delete(annotation.id)) next.add(annotation.id);
      state.select(next);
    } else if (!selection.has(annotation.id)) state.select([annotation.id]);
    state.currentProposal.value = undefined;
    this.#drag = { kind: "move", ...base, annotation, part, fromMs: hit.timeMs, toMs: hit.timeMs };
  }

  move(event: PointerEvent): void {
    const { x, y, width, target } = place2d(event);
    const drag = this.#drag;
    if (drag === undefined) {
      const { annotation, part } = hitTest(this.#state, x, y, width);
      target.style.cursor = annotation === undefined ? "crosshair" : part === "body" ? "grab" : "ew-resize";
      return;
    }
    const view = this.#state.view.peek();
    if (Math.abs(event.clientX - drag.fromX) > dragPx) drag.moved = true;
    if (drag.kind === "pan") {
      this.#state.pan((-event.movementX * spanMs(view)) / Math.max(width, 1));
      return;
    }
    const raw = xToTime(view, x, width);
    drag.toMs =
      drag.kind === "move"
        ? this.#snappedMove(drag, raw, width, event.altKey)
        : this.#snapped(raw, width, event.altKey);
    if (drag.kind === "seek") this.#state.playback.seek(drag.toMs);
    this.#onChange();
  }

  up(): void {
    const drag = this.#drag;
    this.#drag = undefined;
    this.#onChange();
    if (drag?.lane === undefined) return;
    const state = this.#state;
    if (!drag.moved) {
      // A click goes there.
      if (drag.kind === "draw") state.goTo(drag.fromMs);
      if (drag.kind === "move" && drag.annotation !== undefined) state.say(state.describe(drag.annotation));
      return;
    }
    if (drag.kind === "draw") this.#draw(drag, drag.lane);
    if (drag.kind === "move" && drag.annotation !== undefined) {
      const change = this.#movedTo(drag);
      const ids = new Set([drag.annotation.id]);
      state.store.apply((document) => changeAnnotations(document, ids, change));
      state.say(state.describe({ ...drag.annotation, ...change }));
    }
  }

  cancel(): void {
    this.#drag = undefined;
    this.#onChange();
  }

  wheel(event: WheelEvent): void {
    const { x, width } = place2d(event);
    const view = this.#state.view.peek();
    const sideways = event.deltaX + (event.shiftKey ? event.deltaY : 0);
    if (event.ctrlKey || event.metaKey)
      this.#state.zoom(Math.exp(event.deltaY / 300), xToTime(view, x, width));
    else if (sideways !== 0) this.#state.pan((sideways * spanMs(view)) / Math.max(width, 1));
    else return;
    event.preventDefault();
  }

  /** On an exclusive tier what is drawn stays in the room that is free. */
  #draw({ fromMs, toMs }: Drag, lane: Lane): void {
    const state = this.#state;
    const label = this.#labelFor(lane);
    const document = state.store.document.peek();
    if (label === undefined || document === undefined) return;
    const probe: Annotation = { id: "", tier: lane.tier.id, startMs: fromMs, endMs: fromMs, label };
    const room = freeAround(
      document,
      { ...probe, ...(lane.face !== undefined && { face: lane.face }) },
      lane.tier,
      state.durationMs.peek() || Infinity,
    );
    const startMs = Math.max(Math.min(fromMs, toMs), room.fromMs);
    const endMs = Math.min(Math.max(fromMs, toMs), room.toMs);
    if (endMs <= startMs) return;
    state.store.apply((before) => {
      const id = newId(before);
      state.select([id]);
      return place(before, { tier: lane.tier, face: lane.face, startMs, endMs, label }, id);
    });
    state.say(`${label}: press a label's key to correct it`);
  }

  #labelFor({ tier, annotations }: Lane): string | undefined {
    return annotations.all.at(-1)?.label ?? tier.labels?.[0]?.id;
  }

  #movedTo({ annotation, part = "body", fromMs, toMs, lane }: Drag): Partial<Annotation> {
    const document = this.#state.store.document.peek();
    if (annotation === undefined || lane === undefined || document === undefined) return {};
    const room = freeAround(document, annotation, lane.tier, this.#state.durationMs.peek() || Infinity);
    return moved(annotation, part, toMs - fromMs, room, this.#state.grid.frameMs);
  }

  /** The edge that is dragged snaps, so that the annotation as a whole moves by what brings it there. */
  #snappedMove({ annotation, part, fromMs }: Drag, raw: number, width: number, free: boolean): number {
    if (annotation === undefined) return raw;
    const edgeMs = part === "end" ? annotation.endMs! : annotation.startMs;
    return fromMs + (this.#snapped(edgeMs + raw - fromMs, width, free, annotation.id) - edgeMs);
  }

  /** The nearest edge of an annotation, the playhead, or else the nearest frame; Alt snaps to nothing. */
  #snapped(timeMs: number, width: number, free: boolean, except?: string): number {
    const state = this.#state;
    if (free) return Math.max(0, timeMs);
    const view = state.view.peek();
    const slack = (snapPx * spanMs(view)) / Math.max(width, 1);
    let best = Math.max(0, state.grid.snap(timeMs));
    let near = slack;
    const consider = (edge: number): void => {
      if (Math.abs(edge - timeMs) >= near) return;
      near = Math.abs(edge - timeMs);
      best = edge;
    };
    for (const { annotations } of state.lanes.peek())
      for (const { id, startMs, endMs } of annotations.between(timeMs - slack, timeMs + slack)) {
        if (id === except) continue;
        consider(startMs);
        if (endMs !== undefined) consider(endMs);
      }
    consider(state.hereMs);
    return best;
  }
}

function place2d(event: MouseEvent) {
  const target = event.currentTarget as HTMLElement;
  const box = target.getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top, width: box.width, target };
}
