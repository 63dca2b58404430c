import type { Frame } from "../../../daemon/media/frame.ts";
import { overlap, type Box } from "../../../daemon/vision/boxes.ts";
import type { Crop } from "../../../daemon/vision/crop.ts";
import type { Detection, FaceDetector } from "../../../daemon/vision/detect.ts";
import { faceSquare } from "../../../daemon/vision/faceSquare.ts";
import { rigidPoints } from "../../../daemon/vision/headPose.ts";
import type { Landmarker } from "../../../daemon/vision/landmarks.ts";

/** An actor of a synthetic scene: a head with a look of its own, at a place that depends on time. */
export interface Actor {
  readonly look: number;
  /** Centre and side of the face square, or nothing while away. The last actor of a list stands in front. */
  readonly at: (timeMs: number) => { x: number; y: number; side: number } | undefined;
}

export const stageWidth = 320;
export const stageHeight = 180;

/** Draws the actors' heads, each with a texture and colours drawn from its look. */
export function drawFrame(actors: readonly Actor[], index: number, timeMs: number, backdrop = 90): Frame {
  const [w, h] = [stageWidth, stageHeight];
  const data = new Uint8Array(w * h + 2 * (w / 2) * (h / 2)).fill(backdrop, 0, w * h).fill(128, w * h);
  for (const actor of actors) {
    const place = actor.at(timeMs);
    if (place === undefined) continue;
    const { x: cx, y: cy, side } = place;
    for (let y = Math.max(0, Math.floor(cy - side)); y < Math.min(h, cy + side); y++) {
      for (let x = Math.max(0, Math.floor(cx - side)); x < Math.min(w, cx + side); x++) {
        const u = Math.floor((4 * (x - cx)) / side + 40);
        const v = Math.floor((4 * (y - cy)) / side + 40);
        data[y * w + x] = 40 + (hash(actor.look, u, v) % 180);
        const chroma = w * h + (y >> 1) * (w / 2) + (x >> 1);
        data[chroma] = 100 + (hash(actor.look, 7, 3) % 56);
        data[chroma + (w / 2) * (h / 2)] = 100 + (hash(actor.look, 9, 5) % 56);
      }
    }
  }
  return { index, timeMs, width: w, height: h, data, matrix: "bt709", fullRange: false };
}

/** A detector and a landmark network that see what stands on the stage and is not covered. */
export function audience(actors: readonly Actor[]): {
  detector: FaceDetector & { runs: number };
  landmarker: Landmarker;
} {
  const visible = (frame: Frame): Crop[] => {
    const places = actors.map((actor) => actor.at(frame.timeMs));
    return places.flatMap((place, i) => {
      if (place === undefined) return [];
      const covered = places.slice(i + 1).some((front) => front && overlap(box(front), box(place)) > 0.25);
      const inside = place.x > 0 && place.x < stageWidth && place.y > 0 && place.y < stageHeight;
      return covered || !inside ? [] : [{ cx: place.x, cy: place.y, side: place.side, roll: 0 }];
    });
  };
  const detector = {
    runs: 0,
    detect(picture: unknown): Promise<Detection[]> {
      detector.runs++;
      const found = visible(picture as Frame).map((square) => ({
        box: box({ x: square.cx, y: square.cy, side: square.side }),
        score: 0.9,
        square,
      }));
      return Promise.resolve(found);
    },
  };
  const landmarker: Landmarker = {
    read: (picture, squares) =>
      Promise.resolve(
        squares.map((square) => {
          const crop = box({ x: square.cx, y: square.cy, side: square.side });
          const seen = visible(picture as Frame)
            .map((face) => ({
              face,
              shared: overlap(box({ x: face.cx, y: face.cy, side: face.side }), crop),
            }))
            .sort((a, b) => b.shared - a.shared)[0];
          const sure = seen !== undefined && seen.shared > 0.3;
          return {
            landmarks: landmarksIn(sure ? seen.face : square),
            presence: sure ? 0.99 : 0.02,
            light: { brightness: 120, sharpness: 0.2 },
          };
        }),
      ),
  };
  return { detector, landmarker };
}

/** Landmarks whose face square is `square` (roll 0). */
function landmarksIn({ cx, cy, side }: Crop): Float64Array {
  const points = new Float64Array(136);
  for (const [index, x, y] of rigidPoints) points.set([x, y], 2 * index);
  for (let i = 0; i < 68; i++) {
    const known = points[2 * i] !== 0 || points[2 * i + 1] !== 0;
    if (known) continue;
    if (i >= 36 && i < 48) points.set([i < 42 ? -3.15 : 3.15, -3.4], 2 * i);
    else points.set([0, 0], 2 * i);
  }
  const square = faceSquare(points);
  const scale = side / square.side;
  return points.map((v, i) => (i % 2 === 0 ? cx + (v - square.cx) * scale : cy + (v - square.cy) * scale));
}

function box({ x, y, side }: { x: number; y: number; side: number }): Box {
  return { x: x - side / 2, y: y - side / 2, width: side, height: side };
}

/** A fixed scramble of three small numbers. */
function hash(a: number, b: number, c: number): number {
  let v = Math.imul(a + 1, 0x9e3779b1) ^ Math.imul(b + 1, 0x85ebca6b) ^ Math.imul(c + 1, 0xc2b2ae35);
  v = Math.imul(v ^ (v >>> 15), 0x2c1b3c6d);
  return (v ^ (v >>> 13)) >>> 0;
}
