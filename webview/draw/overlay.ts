import { emotionLook } from "../../shared/emotion/appearance.ts";
import { isDark } from "./readable.ts";
import type { OverlayFace } from "../data/frameStore.ts";
import type { Palette } from "./palette.ts";

/** Which parts of the overlay are drawn. */
export interface OverlayParts {
  readonly boxes: boolean;
  readonly landmarks: boolean;
  readonly gaze: boolean;
}

/** iBUG: the lines that join the 68 points; the last number closes the loop where it equals the first. */
const contours: readonly (readonly number[])[] = [
  range(0, 16),
  range(17, 21),
  range(22, 26),
  range(27, 30),
  range(31, 35),
  [...range(36, 41), 36],
  [...range(42, 47), 42],
  [...range(48, 59), 48],
  [...range(60, 67), 60],
];

/** What the person of a track is called. */
export type NameOf = (track: number) => string;
const numbered: NameOf = (track) => `Face ${track}`;

/**
 * Draws the faces of one frame. The context is scaled so that one unit is one pixel of the picture; `unit` is the
 * size of one screen pixel in that space, which keeps lines and text legible at every size.
 */
export function drawOverlay(
  context: CanvasRenderingContext2D,
  faces: readonly OverlayFace[],
  parts: OverlayParts,
  palette: Palette,
  unit: number,
  nameOf: NameOf = numbered,
): void {
  for (const face of faces) {
    const colour = (face.top && emotionLook(face.top.label)?.colour) ?? "#ffffff";
    if (parts.landmarks) drawLandmarks(context, face.landmarks, unit);
    if (parts.gaze && face.gaze !== undefined) drawGaze(context, face, face.gaze, unit);
    if (parts.boxes) drawBox(context, face, colour, palette, unit, nameOf(face.track));
  }
}

function drawBox(
  context: CanvasRenderingContext2D,
  face: OverlayFace,
  colour: string,
  palette: Palette,
  unit: number,
  name: string,
): void {
  const [x, y, width, height] = face.box;
  context.setLineDash(face.lowQuality ? [6 * unit, 4 * unit] : []);
  twice(context, colour, 2 * unit, unit, () => context.strokeRect(x, y, width, height));
  context.setLineDash([]);

  const emotion = face.lowQuality
    ? "low quality"
    : face.top === undefined
      ? ""
      : `${face.top.label} ${Math.round(face.top.probability * 100)} %`;
  const size = 12 * unit;
  context.font = `600 ${size}px ${palette.font}`;
  const whole = emotion === "" ? name : `${name}  ${emotion}`;
  // Beside a small face the whole label would lie on its neighbours; the panel has the emotion.
  const text = context.measureText(whole).width < 2.2 * width ? whole : name;
  const labelWidth = context.measureText(text).width + 11 * unit;
  const labelHeight = 18 * unit;
  const top = y - labelHeight >= 0 ? y - labelHeight : y;
  context.fillStyle = "rgba(0, 0, 0, 0.78)";
  context.fillRect(x - unit, top, labelWidth, labelHeight);
  context.fillStyle = colour;
  context.fillRect(x - unit, top, 4 * unit, labelHeight);
  context.fillStyle = "#ffffff";
  context.textBaseline = "middle";
  context.fillText(text, x + 6 * unit, top + labelHeight / 2);
}

function drawLandmarks(context: CanvasRenderingContext2D, landmarks: Float32Array, unit: number): void {
  context.beginPath();
  for (const contour of contours)
    contour.forEach((point, i) => {
      const x = landmarks[point * 2]!;
      const y = landmarks[point * 2 + 1]!;
      if (i === 0) context.moveTo(x, y);
      else context.lineTo(x, y);
    });
  context.strokeStyle = "rgba(255, 255, 255, 0.55)";
  context.lineWidth = unit;
  context.stroke();
  const radius = 1.4 * unit;
  context.fillStyle = "#ffffff";
  for (let i = 0; i < landmarks.length; i += 2)
    context.fillRect(landmarks[i]! - radius / 2, landmarks[i + 1]! - radius / 2, radius, radius);
}

/** An arrow from between the eyes: the gaze vector seen from the front, as long as the face is wide at 60 degrees. */
function drawGaze(
  context: CanvasRenderingContext2D,
  face: OverlayFace,
  gaze: NonNullable<OverlayFace["gaze"]>,
  unit: number,
): void {
  const pitch = (gaze.pitchDeg * Math.PI) / 180;
  const yaw = (gaze.yawDeg * Math.PI) / 180;
  const length = face.box[2] * 1.15;
  // models/README.md: x = -cos(pitch) sin(yaw), y = -sin(pitch), with x right and y down in the camera's frame.
  const dx = -Math.cos(pitch) * Math.sin(yaw) * length;
  const dy = -Math.sin(pitch) * length;
  for (const [from, to] of [
    [36, 42],
    [42, 48],
  ] as const) {
    let x = 0;
    let y = 0;
    for (let p = from; p < to; p++) {
      x += face.landmarks[p * 2]! / 6;
      y += face.landmarks[p * 2 + 1]! / 6;
    }
    arrow(context, x, y, dx, dy, gaze.away ? "#ffb454" : "#7fdbff", unit);
  }
}

function arrow(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  dx: number,
  dy: number,
  colour: string,
  unit: number,
): void {
  const angle = Math.atan2(dy, dx);
  const head = Math.min(7 * unit, Math.hypot(dx, dy) / 2);
  twice(context, colour, 2 * unit, unit, () => {
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x + dx, y + dy);
    for (const side of [-1, 1]) {
      context.moveTo(x + dx, y + dy);
      context.lineTo(
        x + dx - head * Math.cos(angle + side * 0.5),
        y + dy - head * Math.sin(angle + side * 0.5),
      );
    }
    context.stroke();
  });
}

/** A coloured line with an edge, dark for light colours and light for dark ones: seen on light and on dark pictures alike. */
function twice(
  context: CanvasRenderingContext2D,
  colour: string,
  width: number,
  edge: number,
  stroke: () => void,
): void {
  context.strokeStyle = isDark(colour) ? "rgba(255, 255, 255, 0.75)" : "rgba(0, 0, 0, 0.6)";
  context.lineWidth = width + 2 * edge;
  stroke();
  context.strokeStyle = colour;
  context.lineWidth = width;
  stroke();
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}
