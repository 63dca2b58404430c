import { colourOf } from "../../shared/labels/scheme.ts";
import type { Annotation } from "../../shared/protocol/labels.ts";
import type { TimelineLayer, LayerBox, LayerValue } from "../draw/layer.ts";
import type { Palette } from "../draw/palette.ts";
import { readableOn } from "../draw/readable.ts";
import { formatTime, spanMs, timeToX, type TimeView } from "../draw/timeView.ts";
import type { LayerPoint } from "../timeline/pointer.ts";
import type { Lane } from "./lanes.ts";
import type { Suggestion } from "./suggestion.ts";
import { holds } from "../../shared/protocol/scheme.ts";

/** What of the editor a lane's look depends on. */
export interface LaneLook {
  readonly active: boolean;
  readonly selection: ReadonlySet<string>;
  readonly currentProposal: string | undefined;
}

/** An annotation under the pointer, and by which part it would be taken hold of. */
export interface LaneHit {
  readonly annotation: Annotation;
  readonly part: "body" | "start" | "end";
}

/** A lane of the label editor. */
export interface LaneLayer extends TimelineLayer {
  readonly lane: Lane;
  /** What lies at a place or within `reachPx` of it; the place is given as pixels and as time. */
  hit(place: Pick<LayerPoint, "x" | "timeMs" | "width" | "reachPx">, view: TimeView): LaneHit | undefined;
}

/** Paints the lane that keys are about. */
export function drawActive(
  context: CanvasRenderingContext2D,
  { y, width, height }: LayerBox,
  palette: Palette,
): void {
  context.fillStyle = palette.accent;
  context.globalAlpha = palette.highContrast ? 0.25 : 0.1;
  context.fillRect(0, y, width, height);
  context.globalAlpha = 1;
}

/** Annotations of a tier, over time or of moments, and what is proposed for it. */
export function tierLayer(lane: Lane, look: LaneLook): LaneLayer {
  const { key, title, tier } = lane;
  return {
    ...{ id: key, kind: "tier", title, height: holds(tier) === "moments" ? 24 : 30, gap: 4, lane },
    draw(context, view, box, palette) {
      if (look.active) drawActive(context, box, palette);
      context.font = `12px ${palette.font}`;
      context.textBaseline = "middle";
      return drawThings(context, lane, look, view, box, palette);
    },
    valuesAt: (timeMs) => [
      ...Array.from(lane.annotations.between(timeMs, timeMs), valueOf),
      ...Array.from(lane.proposals.between(timeMs, timeMs), valueOf),
    ],
    hit: (place, view) => hitAnnotation(lane, place, view),
  };
}

function valueOf({ label, startMs, endMs }: Annotation | Suggestion): LayerValue {
  return {
    name: label,
    value: endMs === undefined ? formatTime(startMs) : `${formatTime(startMs)} to ${formatTime(endMs)}`,
  };
}

function hitAnnotation(
  { annotations }: Lane,
  { x, timeMs, width, reachPx }: Parameters<LaneLayer["hit"]>[0],
  view: TimeView,
): LaneHit | undefined {
  const slack = (reachPx * spanMs(view)) / Math.max(width, 1);
  let best: (LaneHit & { readonly apart: number }) | undefined;
  for (const annotation of annotations.between(timeMs - slack, timeMs + slack)) {
    const { startMs, endMs = startMs } = annotation;
    const toStart = Math.abs(timeToX(view, startMs, width) - x);
    const toEnd = Math.abs(timeToX(view, endMs, width) - x);
    const wide = annotation.endMs !== undefined && toStart + toEnd > 3 * reachPx;
    const part = !wide || Math.min(toStart, toEnd) > reachPx ? "body" : toStart < toEnd ? "start" : "end";
    const inside = timeMs >= startMs && timeMs <= endMs;
    const apart = (inside ? 0 : reachPx) + (part === "body" ? 0 : Math.min(toStart, toEnd) / reachPx - 1);
    if (best === undefined || apart < best.apart) best = { annotation, part, apart };
  }
  return best;
}

function drawThings(
  context: CanvasRenderingContext2D,
  lane: Lane,
  look: LaneLook,
  view: TimeView,
  box: LayerBox,
  palette: Palette,
): number {
  let drawn = 0;
  for (const proposal of lane.proposals.between(view.startMs, view.endMs)) {
    drawProposal(context, lane, proposal, look, view, box, palette);
    drawn++;
  }
  // Of things that fall on one pixel one is seen.
  let lastX = -1;
  for (const annotation of lane.annotations.between(view.startMs, view.endMs)) {
    const selected = look.selection.has(annotation.id);
    const x = timeToX(view, annotation.startMs, box.width);
    const right = timeToX(view, annotation.endMs ?? annotation.startMs, box.width);
    if (right - lastX < 0.5 && !selected) continue;
    lastX = right;
    if (annotation.endMs === undefined) drawPoint(context, lane, annotation, selected, x, box, palette);
    else drawInterval(context, lane, annotation, selected, x, right, view, box, palette);
    drawn++;
  }
  return drawn;
}

/** Up to this width, in CSS pixels, an interval is a bar without an edge: thousands of them are seen at once. */
const narrowPx = 6;

function drawInterval(
  context: CanvasRenderingContext2D,
  { tier }: Lane,
  { label, intensity, unsure, apexMs, from, comments, note }: Annotation,
  selected: boolean,
  left: number,
  right: number,
  view: TimeView,
  { y, width, height }: LayerBox,
  palette: Palette,
): void {
  const x = Math.max(left, -2);
  const w = Math.max(1, Math.min(right, width + 2) - x);
  const colour = colourOf(tier, label);
  const alpha = selected ? 0.75 : 0.4;
  context.fillStyle = colour;
  if (w <= narrowPx && !selected) {
    context.fillRect(x, y + 1, Math.max(1, w - 1), height - 2);
    return;
  }
  context.globalAlpha = alpha;
  context.fillRect(x, y + 1, w, height - 2);
  context.globalAlpha = 1;
  context.fillRect(x, y + 1, Math.min(3, w), height - 2);
  if (w > 3) {
    context.strokeStyle = selected ? palette.focus : palette.foreground;
    context.lineWidth = selected ? 2 : 0.5;
    context.strokeRect(x + 0.5, y + 1.5, w - 1, height - 3);
  }
  if (apexMs !== undefined) {
    const apexX = timeToX(view, apexMs, width);
    context.fillStyle = palette.foreground;
    context.beginPath();
    context.moveTo(apexX - 4, y + 2);
    context.lineTo(apexX + 4, y + 2);
    context.lineTo(apexX, y + 9);
    context.fill();
  }
  if (w < 14) return;
  const marks = [
    intensity ?? "",
    unsure === true ? "?" : "",
    from === undefined ? "" : "◆",
    (comments?.length ?? 0) > 0 || note ? "✎" : "",
  ];
  const text = [label, ...marks].filter((part) => part !== "").join(" ");
  context.save();
  context.beginPath();
  context.rect(x, y, w, height);
  context.clip();
  context.fillStyle = readableOn(context, colour, alpha, palette);
  context.fillText(text, Math.max(x, 0) + 6, y + height / 2 + 1);
  context.restore();
}

function drawPoint(
  context: CanvasRenderingContext2D,
  { tier }: Lane,
  { label }: Annotation,
  selected: boolean,
  x: number,
  { y, height }: LayerBox,
  palette: Palette,
): void {
  const middle = y + height / 2;
  context.fillStyle = colourOf(tier, label);
  context.fillRect(x - 0.75, y + 1, 1.5, height - 2);
  context.beginPath();
  context.moveTo(x, middle - 7);
  context.lineTo(x + 6, middle);
  context.lineTo(x, middle + 7);
  context.lineTo(x - 6, middle);
  context.closePath();
  context.fill();
  context.strokeStyle = selected ? palette.focus : palette.foreground;
  context.lineWidth = selected ? 2.5 : 0.75;
  context.stroke();
}

/** Proposals are dashed and hollow, in the colour of their label at their start and below, as far as the model is sure. */
function drawProposal(
  context: CanvasRenderingContext2D,
  { tier }: Lane,
  { id, startMs, endMs, label, confidence }: Suggestion,
  { currentProposal }: LaneLook,
  view: TimeView,
  { y, width, height }: LayerBox,
  palette: Palette,
): void {
  const x = Math.max(timeToX(view, startMs, width), -2);
  const right = Math.min(
    timeToX(view, holds(tier) === "moments" ? startMs : (endMs ?? startMs), width),
    width + 2,
  );
  const w = Math.max(3, right - x);
  const current = id === currentProposal;
  // The colours of labels are not seen as thin lines on every background.
  context.strokeStyle = current ? palette.focus : palette.muted;
  context.lineWidth = current ? 2.5 : 1;
  context.setLineDash(current ? [] : [4, 3]);
  context.strokeRect(x + 0.5, y + 3.5, w - 1, height - 7);
  context.setLineDash([]);
  context.fillStyle = colourOf(tier, label);
  context.fillRect(x + 1, y + 4, Math.min(3, w - 2), height - 8);
  if (w < 8) return;
  context.fillRect(x + 1, y + height - 7, (w - 2) * (confidence ?? 1), 3);
  if (w < 30) return;
  context.save();
  context.beginPath();
  context.rect(x, y, w, height);
  context.clip();
  context.fillStyle = palette.muted;
  const sure = confidence === undefined ? "" : ` ${Math.round(100 * confidence)}%`;
  context.fillText(`${label}${sure}`, Math.max(x, 0) + 6, y + height / 2 - 1);
  context.restore();
}
