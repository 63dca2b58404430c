import { colourOf } from "../../shared/labels/scheme.ts";
import type { Annotation, Trace } from "../../shared/protocol/labels.ts";
import type { Palette } from "../draw/palette.ts";
import { timeToX, type TimeView } from "../draw/timeView.ts";
import type { Lane } from "./lanes.ts";
import type { Suggestion } from "./suggestion.ts";

export const laneGap = 4;

export interface LaneScene {
  readonly lanes: readonly Lane[];
  readonly view: TimeView;
  readonly width: number;
  readonly activeKey: string | undefined;
  readonly selection: ReadonlySet<string>;
  readonly currentProposal: string | undefined;
  /** The part that is scrolled into sight, in CSS pixels. */
  readonly top: number;
  readonly bottom: number;
}

/** Where each lane begins, and the height of all, pixels. */
export function layoutLanes(lanes: readonly Lane[]): { tops: number[]; height: number } {
  let y = 0;
  const tops = lanes.map(({ height }) => {
    const top = y;
    y += height + laneGap;
    return top;
  });
  return { tops, height: y };
}

/** Draws the lanes that are in sight. @returns how many things were drawn */
export function drawLanes(context: CanvasRenderingContext2D, scene: LaneScene, palette: Palette): number {
  const { lanes, width, top, bottom } = scene;
  const { tops, height } = layoutLanes(lanes);
  context.clearRect(0, 0, width, height);
  context.font = `12px ${palette.font}`;
  context.textBaseline = "middle";
  let drawn = 0;
  lanes.forEach((lane, i) => {
    const y = tops[i]!;
    if (y + lane.height < top || y > bottom) return;
    if (lane.key === scene.activeKey) {
      context.fillStyle = palette.accent;
      context.globalAlpha = palette.highContrast ? 0.25 : 0.1;
      context.fillRect(0, y, width, lane.height);
      context.globalAlpha = 1;
    }
    context.fillStyle = palette.border;
    context.fillRect(0, y + lane.height + laneGap / 2, width, 1);
    if (lane.tier.kind === "trace") drawTrace(context, lane, y, scene, palette);
    else drawn += drawThings(context, lane, y, scene, palette);
  });
  return drawn;
}

function drawThings(
  context: CanvasRenderingContext2D,
  lane: Lane,
  y: number,
  scene: LaneScene,
  palette: Palette,
): number {
  const { view } = scene;
  let drawn = 0;
  // Of things that fall on one pixel one is seen.
  let lastX = -1;
  for (const proposal of lane.proposals.between(view.startMs, view.endMs)) {
    drawProposal(context, lane, proposal, y, scene, palette);
    drawn++;
  }
  for (const annotation of lane.annotations.between(view.startMs, view.endMs)) {
    const x = timeToX(view, annotation.startMs, scene.width);
    const right = timeToX(view, annotation.endMs ?? annotation.startMs, scene.width);
    if (right - lastX < 0.5 && !scene.selection.has(annotation.id)) continue;
    lastX = right;
    if (annotation.endMs === undefined) drawPoint(context, lane, annotation, x, y, scene, palette);
    else drawInterval(context, lane, annotation, x, right, y, scene, palette);
    drawn++;
  }
  return drawn;
}

function drawInterval(
  context: CanvasRenderingContext2D,
  { tier, height }: Lane,
  { id, label, intensity, unsure, apexMs, from, comments, note }: Annotation,
  left: number,
  right: number,
  y: number,
  { selection, view, width }: LaneScene,
  palette: Palette,
): void {
  const x = Math.max(left, -2);
  const w = Math.max(1, Math.min(right, width + 2) - x);
  const colour = colourOf(tier, label);
  const selected = selection.has(id);
  context.fillStyle = colour;
  context.globalAlpha = selected ? 0.75 : 0.4;
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
  context.fillStyle = palette.foreground;
  context.fillText(text, Math.max(x, 0) + 6, y + height / 2 + 1);
  context.restore();
}

function drawPoint(
  context: CanvasRenderingContext2D,
  { tier, height }: Lane,
  { id, label }: Annotation,
  x: number,
  y: number,
  { selection }: LaneScene,
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
  context.strokeStyle = selection.has(id) ? palette.focus : palette.foreground;
  context.lineWidth = selection.has(id) ? 2.5 : 0.75;
  context.stroke();
}

/** Proposals are dashed and hollow, with a bar as long as the model is sure. */
function drawProposal(
  context: CanvasRenderingContext2D,
  { tier, height }: Lane,
  { id, startMs, endMs, label, confidence }: Suggestion,
  y: number,
  { view, width, currentProposal }: LaneScene,
  palette: Palette,
): void {
  const x = Math.max(timeToX(view, startMs, width), -2);
  const right = Math.min(
    timeToX(view, tier.kind === "point" ? startMs : (endMs ?? startMs), width),
    width + 2,
  );
  const w = Math.max(3, right - x);
  const current = id === currentProposal;
  context.strokeStyle = current ? palette.focus : colourOf(tier, label);
  context.lineWidth = current ? 2.5 : 1;
  context.setLineDash(current ? [] : [4, 3]);
  context.strokeRect(x + 0.5, y + 3.5, w - 1, height - 7);
  context.setLineDash([]);
  if (w < 8) return;
  context.fillStyle = colourOf(tier, label);
  context.fillRect(x + 1, y + height - 6, (w - 2) * (confidence ?? 1), 2);
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

function drawTrace(
  context: CanvasRenderingContext2D,
  { tier, trace, otherTraces, height }: Lane,
  y: number,
  scene: LaneScene,
  palette: Palette,
): void {
  const { minimum = 0, maximum = 1 } = tier;
  const toY = (value: number) => y + height - 2 - ((value - minimum) / (maximum - minimum)) * (height - 4);
  if (minimum < 0 && maximum > 0) {
    context.fillStyle = palette.border;
    context.fillRect(0, toY(0), scene.width, 1);
  }
  context.globalAlpha = 0.6;
  for (const other of otherTraces) drawValues(context, other, toY, scene, palette.muted);
  context.globalAlpha = 1;
  if (trace !== undefined) drawValues(context, trace, toY, scene, palette.accent);
}

function drawValues(
  context: CanvasRenderingContext2D,
  { startMs, rateHz, values }: Trace,
  toY: (value: number) => number,
  { view, width }: LaneScene,
  colour: string,
): void {
  const at = (timeMs: number) => ((timeMs - startMs) * rateHz) / 1000;
  const first = Math.max(0, Math.floor(at(view.startMs)));
  const last = Math.min(values.length - 1, Math.ceil(at(view.endMs)));
  // No more than two values a pixel.
  const stride = Math.max(1, Math.floor((last - first) / (2 * width)));
  context.strokeStyle = colour;
  context.lineWidth = 1.5;
  context.beginPath();
  let drawing = false;
  for (let i = first; i <= last; i += stride) {
    const value = values[i];
    if (value === null || value === undefined) {
      drawing = false;
      continue;
    }
    const x = timeToX(view, startMs + (1000 * i) / rateHz, width);
    if (drawing) context.lineTo(x, toY(value));
    else context.moveTo(x, toY(value));
    drawing = true;
  }
  context.stroke();
}

/** Loudness of each 10 ms, mirrored around the middle. */
export function drawEnvelope(
  context: CanvasRenderingContext2D,
  envelope: Uint8Array,
  view: TimeView,
  width: number,
  height: number,
  palette: Palette,
): void {
  context.clearRect(0, 0, width, height);
  context.fillStyle = palette.muted;
  const perPixel = (view.endMs - view.startMs) / width / 10;
  for (let x = 0; x < width; x++) {
    const from = Math.floor(view.startMs / 10 + x * perPixel);
    const to = Math.max(from + 1, Math.floor(view.startMs / 10 + (x + 1) * perPixel));
    let loudest = 0;
    for (let i = Math.max(0, from); i < Math.min(to, envelope.length); i++)
      loudest = Math.max(loudest, envelope[i]!);
    // A root shows quiet speech too.
    const half = Math.max(0.5, (Math.sqrt(loudest / 255) * height) / 2);
    context.fillRect(x, height / 2 - half, 1, 2 * half);
  }
}
