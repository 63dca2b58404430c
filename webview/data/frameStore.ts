import { expressionLabels } from "../../shared/emotion/labels.ts";
import type { Face, FrameLine } from "../../shared/protocol/results.ts";
import { sampleAt } from "./series.ts";

/** What an overlay draws of one face, in pixels of the upright picture. */
export interface OverlayFace {
  readonly track: number;
  readonly lowQuality: boolean;
  readonly box: readonly [number, number, number, number];
  /** x0, y0, ..., x67, y67, to a quarter of a pixel. */
  readonly landmarks: Float32Array;
  readonly gaze?: { readonly pitchDeg: number; readonly yawDeg: number; readonly away: boolean };
  /** Most probable emotion and its probability. */
  readonly top?: { readonly label: string; readonly probability: number };
}

/** The face of a line as an overlay draws it. */
export function toOverlayFace(face: Face): OverlayFace {
  const [label, probability] = strongest(face);
  return {
    track: face.track,
    lowQuality: face.state === "low_quality",
    box: face.box,
    landmarks: Float32Array.from(face.landmarks),
    ...(face.gaze !== undefined && { gaze: face.gaze }),
    ...(label !== undefined && { top: { label, probability } }),
  };
}

/** Most probable emotion of a face and its probability. */
function strongest(face: Face): [string | undefined, number] {
  const distribution = face.emotion ?? face.expression;
  let found: [string | undefined, number] = [undefined, 0];
  if (distribution !== undefined)
    for (const label of expressionLabels)
      if (distribution[label] > found[1]) found = [label, distribution[label]];
  return found;
}

/** Landmarks are kept in quarters of a pixel: 16 bits reach to 8191 pixels, the largest picture that is analysed. */
const quarter = 4;
const points = 136;
/** box, score of the top emotion, gaze pitch and yaw */
const numbers = 7;

/**
 * The faces of every frame in columns: about 330 bytes a face, so that half an hour of one face takes 18 MB where the
 * parsed lines would take 500.
 */
export class FrameStore {
  #frames = 0;
  #faces = 0;
  #timeMs = new Float64Array(1024);
  /** First face of each frame. */
  #first = new Int32Array(1024);
  #track = new Int32Array(1024);
  /** Bits: 1 low quality, 2 has gaze, 4 gaze is away; top label + 1 from bit 3. */
  #flags = new Uint8Array(1024);
  #numbers = new Float32Array(1024 * numbers);
  #landmarks = new Int16Array(1024 * points);

  get length(): number {
    return this.#frames;
  }

  get lastMs(): number {
    return this.#frames === 0 ? 0 : this.#timeMs[this.#frames - 1]!;
  }

  add(line: FrameLine): void {
    if (this.#frames + 1 >= this.#timeMs.length) {
      this.#timeMs = doubled(this.#timeMs);
      this.#first = doubled(this.#first);
    }
    this.#timeMs[this.#frames] = line.timeMs;
    this.#first[this.#frames] = this.#faces;
    this.#frames++;
    for (const face of line.faces) this.#addFace(face);
    this.#first[this.#frames] = this.#faces;
  }

  timeOf(frame: number): number {
    return this.#timeMs[frame] ?? 0;
  }

  /** The frame on the screen at `timeMs`; half a millisecond of slack absorbs rounding of the media clock. */
  frameAt(timeMs: number): number {
    return sampleAt(this.#timeMs, timeMs + 0.5, this.#frames);
  }

  facesOf(frame: number): OverlayFace[] {
    if (frame < 0 || frame >= this.#frames) return [];
    const faces: OverlayFace[] = [];
    for (let i = this.#first[frame]!; i < this.#first[frame + 1]!; i++) faces.push(this.#face(i));
    return faces;
  }

  #addFace(face: Face): void {
    if (this.#faces === this.#track.length) {
      this.#track = doubled(this.#track);
      this.#flags = doubled(this.#flags);
      this.#numbers = doubled(this.#numbers);
      this.#landmarks = doubled(this.#landmarks);
    }
    const i = this.#faces++;
    const [label, best] = strongest(face);
    const top = expressionLabels.findIndex((one) => one === label);
    this.#track[i] = face.track;
    this.#flags[i] =
      (face.state === "low_quality" ? 1 : 0) |
      (face.gaze === undefined ? 0 : 2) |
      (face.gaze?.away === true ? 4 : 0) |
      ((top + 1) << 3);
    this.#numbers.set([...face.box, best, face.gaze?.pitchDeg ?? 0, face.gaze?.yawDeg ?? 0], i * numbers);
    for (let k = 0; k < points; k++)
      this.#landmarks[i * points + k] = Math.round((face.landmarks[k] ?? 0) * quarter);
  }

  #face(i: number): OverlayFace {
    const flags = this.#flags[i]!;
    const [x = 0, y = 0, w = 0, h = 0, best = 0, pitchDeg = 0, yawDeg = 0] = this.#numbers.subarray(
      i * numbers,
      (i + 1) * numbers,
    );
    const label = expressionLabels[(flags >> 3) - 1];
    return {
      track: this.#track[i]!,
      lowQuality: (flags & 1) !== 0,
      box: [x, y, w, h],
      landmarks: Float32Array.from(
        this.#landmarks.subarray(i * points, (i + 1) * points),
        (v) => v / quarter,
      ),
      ...((flags & 2) !== 0 && { gaze: { pitchDeg, yawDeg, away: (flags & 4) !== 0 } }),
      ...(label !== undefined && { top: { label, probability: best } }),
    };
  }
}

function doubled<T extends Float64Array | Float32Array | Int32Array | Int16Array | Uint8Array>(from: T): T {
  const to = new (from.constructor as new (length: number) => T)(from.length * 2);
  to.set(from);
  return to;
}
