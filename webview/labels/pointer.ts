import { changeAnnotations, newAnnotationId } from "../../shared/labels/edits.ts";
import type { Annotation } from "../../shared/protocol/labels.ts";
import { layoutLayers } from "../draw/layer.ts";
import { spanMs } from "../draw/timeView.ts";
import type { LayerPoint, PointerMode } from "../timeline/pointer.ts";
import type { DragPreview } from "./dragPreview.ts";
import type { EditorState } from "./editorState.ts";
import { freeAround, moved, placeAnnotation } from "./labelling.ts";
import type { Lane } from "./lanes.ts";
import type { LaneHit, LaneLayer } from "./tierLayer.ts";
import { holds } from "../../shared/protocol/scheme.ts";

/** Things snap to each other this near, in CSS pixels. */
const snapPx = 7;
/** Movements below this are a click. */
const dragPx = 4;

type Point = LayerPoint<LaneLayer>;

interface Drag {
  readonly kind: "seek" | "draw" | "move" | "band";
  readonly lane: Lane | undefined;
  readonly hit?: LaneHit;
  /** Where it began, with what it snapped to. */
  readonly from: Point;
  readonly fromMs: number;
  to: Point;
  toMs: number;
  moved: boolean;
}

/** What lies under a point. */
export function hitAt(state: EditorState, point: Point): LaneHit | undefined {
  return point.layer?.hit(point, state.view.peek());
}

/**
 * The two modes that change something. In both, an annotation is selected by a press, and its edges and body are dragged. On
 * free time one draws an annotation, the other a band that selects all it touches.
 */
export class LanePointer implements PointerMode<LaneLayer> {
  readonly name: "select" | "draw";
  readonly #state: EditorState;
  #drag: Drag | undefined;

  constructor(state: EditorState, name: "select" | "draw") {
    this.#state = state;
    this.name = name;
  }

  cursorAt(point: Point): string {
    const hit = hitAt(this.#state, point);
    if (hit === undefined) return this.name === "draw" ? "crosshair" : "default";
    return hit.part === "body" ? "grab" : "ew-resize";
  }

  press(point: Point): void {
    const state = this.#state;
    const { layer, timeMs, more } = point;
    if (layer !== undefined) state.activeKey.value = layer.lane.key;
    const hit = hitAt(state, point);
    const base = { lane: layer?.lane, from: point, to: point, moved: false };
    if (hit === undefined) {
      const fromMs = this.#snapped(timeMs, point);
      const onTime = layer !== undefined && holds(layer.lane.tier) === "stretches" ? "draw" : "seek";
      const kind = this.name === "select" ? "band" : onTime;
      this.#drag = { ...base, kind, fromMs, toMs: fromMs };
      const proposal = layer && [...layer.lane.proposals.between(timeMs, timeMs)][0];
      state.currentProposal.value = proposal?.id;
      if (!more) state.select([]);
      if (kind === "seek") state.goTo(fromMs);
      return;
    }
    const { id } = hit.annotation;
    const selection = state.selection.peek();
    if (more) {
      const next = new Set(selection);
      if (!next.delete(id)) next.add(id);
      state.select(next);
    } else if (!selection.has(id)) state.select([id]);
    state.currentProposal.value = undefined;
    this.#drag = { ...base, kind: "move", hit, fromMs: timeMs, toMs: timeMs };
  }

  drag(point: Point): void {
    const drag = this.#drag;
    if (drag === undefined) return;
    const far = Math.max(Math.abs(point.x - drag.from.x), Math.abs(point.y - drag.from.y));
    if (far > dragPx) drag.moved = true;
    drag.to = point;
    drag.toMs = drag.kind === "move" ? this.#snappedMove(drag, point) : this.#snapped(point.timeMs, point);
    if (drag.kind === "seek") this.#state.playback.seek(drag.toMs);
    this.#state.preview.value = this.#preview(drag);
  }

  release(): void {
    const drag = this.#drag;
    this.cancel();
    if (drag === undefined) return;
    const state = this.#state;
    const annotation = drag.hit?.annotation;
    if (!drag.moved) {
      // A click goes there.
      if (drag.kind === "draw" || drag.kind === "band") state.goTo(drag.fromMs);
      if (annotation !== undefined) state.say(state.describe(annotation));
      return;
    }
    if (drag.kind === "band") this.#selectTouched(drag);
    if (drag.kind === "draw" && drag.lane !== undefined) this.#draw(drag, drag.lane);
    if (annotation !== undefined) {
      const change = this.#movedTo(drag);
      const ids = new Set([annotation.id]);
      state.store.apply((document) => changeAnnotations(document, ids, change));
      state.say(state.describe({ ...annotation, ...change }));
    }
  }

  cancel(): void {
    this.#drag = undefined;
    this.#state.preview.value = undefined;
  }

  /** The stretch that is being drawn, the annotation as it is being dragged, or the band. */
  #preview(drag: Drag): DragPreview | undefined {
    const { kind, lane, hit, fromMs, toMs, from, to } = drag;
    if (!drag.moved || kind === "seek") return undefined;
    if (kind === "band") return { kind, fromMs: from.timeMs, toMs: to.timeMs, fromY: from.y, toY: to.y };
    if (lane === undefined) return undefined;
    if (hit === undefined) {
      const label = this.#labelFor(lane);
      return label === undefined
        ? undefined
        : { kind: "block", lane, label, startMs: Math.min(fromMs, toMs), endMs: Math.max(fromMs, toMs) };
    }
    const { label, startMs, endMs } = { ...hit.annotation, ...this.#movedTo(drag) };
    return { kind: "block", lane, label, startMs, endMs: endMs ?? startMs };
  }

  /** Everything that the band touches, with what was selected before where Ctrl is held. */
  #selectTouched({ from, to }: Drag): void {
    const state = this.#state;
    const [fromMs, toMs] = [Math.min(from.timeMs, to.timeMs), Math.max(from.timeMs, to.timeMs)];
    const [top, bottom] = [Math.min(from.y, to.y), Math.max(from.y, to.y)];
    const layers = state.layers.peek();
    const { tops } = layoutLayers(layers);
    const touched = layers
      .filter(({ height }, i) => tops[i]! <= bottom && tops[i]! + height >= top)
      .flatMap(({ lane }) => Array.from(lane.annotations.between(fromMs, toMs), ({ id }) => id));
    state.select([...state.selection.peek(), ...touched]);
    state.say(`${state.selection.peek().size} selected`);
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
      const id = newAnnotationId(before);
      state.select([id]);
      return placeAnnotation(before, { tier: lane.tier, face: lane.face, startMs, endMs, label }, id);
    });
    state.say(`${label}: press a label's key to correct it`);
  }

  #labelFor({ tier, annotations }: Lane): string | undefined {
    return annotations.all.at(-1)?.label ?? tier.labels?.[0]?.id;
  }

  #movedTo({ hit, fromMs, toMs, lane }: Drag): Partial<Annotation> {
    const document = this.#state.store.document.peek();
    if (hit === undefined || lane === undefined || document === undefined) return {};
    const room = freeAround(document, hit.annotation, lane.tier, this.#state.durationMs.peek() || Infinity);
    return moved(hit.annotation, hit.part, toMs - fromMs, room, this.#state.grid.frameMs);
  }

  /** The edge that is dragged snaps, so that the annotation as a whole moves by what brings it there. */
  #snappedMove({ hit, fromMs }: Drag, point: Point): number {
    if (hit === undefined) return point.timeMs;
    const { id, startMs, endMs } = hit.annotation;
    const edgeMs = hit.part === "end" ? endMs! : startMs;
    return fromMs + (this.#snapped(edgeMs + point.timeMs - fromMs, point, id) - edgeMs);
  }

  /** The nearest edge of an annotation, the playhead, or else the nearest frame; Alt snaps to nothing. */
  #snapped(timeMs: number, { width, free }: Point, except?: string): number {
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
