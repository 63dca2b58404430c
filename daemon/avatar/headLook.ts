import type { BlendShape } from "../../shared/avatar/blendShapes.ts";
import { withLooks } from "./eyeBones.ts";
import { keepNear } from "./keepNear.ts";
import type { AvatarHead, Part, Point3, RawPart } from "../../shared/avatar/head.ts";

/** What EDIN's own files say of themselves in `asset.extras.edin`; metres. */
export interface OwnMeasures {
  readonly face: { readonly centre: Point3; readonly side: number };
  readonly eyes: Readonly<Record<string, { readonly centre: Point3; readonly radius: number }>>;
}

const cmPerMetre = 100;

/**
 * Finds how a head looks: which way it faces, where its face is. A file's claim is not asked: what the blink moves are the
 * lids, what the jaw moves is the chin.
 */
export function lookOf(name: string, raw: readonly RawPart[], own: OwnMeasures | undefined): AvatarHead {
  const parts = own ? raw : withLooks(facingForward(raw));
  const shapes = new Set(parts.flatMap(({ shapes: list }) => [...list.keys()]));
  const head: AvatarHead = {
    name,
    parts: parts.map(({ eyePivot, ...part }): Part => ({
      ...part,
      ...(eyePivot && { eye: { pivot: eyePivot } }),
    })),
    shapes,
    face: own ? { centre: times(own.face.centre), side: cmPerMetre * own.face.side } : faceOf(parts),
    eyeballs: own
      ? Object.values(own.eyes).map((eye) => ({ centre: times(eye.centre), radius: cmPerMetre * eye.radius }))
      : [],
  };
  return own ? head : keepNear(ofUsualSize(head));
}

/**
 * Files in other units than metres, and heads of cartoons, are scaled: the camera stands as far from every face as from a
 * person's.
 */
function ofUsualSize(head: AvatarHead): AvatarHead {
  const k = usualSide / head.face.side;
  const moved = ([x, y, z]: Point3): Point3 => [k * x, k * y, k * z];
  return {
    ...head,
    parts: head.parts.map((part) => ({
      ...withVectors(part, (value) => k * value),
      ...(part.eye && { eye: { pivot: moved(part.eye.pivot) } }),
    })),
    face: { centre: moved(head.face.centre), side: usualSide },
  };
}

/** A part whose points, and the ways that shapes move them, are changed alike. @param change of a coordinate, and which it is */
const withVectors = <P extends RawPart | Part>(part: P, change: (value: number, k: number) => number): P => ({
  ...part,
  positions: part.positions.map(change),
  shapes: new Map(
    [...part.shapes].map(([shape, { index, delta }]) => [shape, { index, delta: delta.map(change) }]),
  ),
});

/** Of the cast's faces, cm. */
const usualSide = 16;
const times = ([x, y, z]: Point3): Point3 => [cmPerMetre * x, cmPerMetre * y, cmPerMetre * z];

/** VRM 0 looks along -z: turned about the vertical where the lids lie behind the head's middle. */
function facingForward(parts: readonly RawPart[]): readonly RawPart[] {
  const lids = middleOf(parts, ["eyeBlinkLeft", "eyeBlinkRight"]);
  const face = parts.find(({ shapes }) => shapes.has("eyeBlinkLeft") || shapes.has("jawOpen"));
  if (!lids || !face) return parts;
  let z = 0;
  for (let v = 2; v < face.positions.length; v += 3) z += face.positions[v]!;
  if (lids[2] >= z / (face.positions.length / 3)) return parts;
  const turnPoint = ([x, y, z]: Point3): Point3 => [-x, y, -z];
  return parts.map((part) => ({
    ...withVectors(part, (value, k) => (k % 3 === 1 ? value : -value)),
    ...(part.eyePivot && { eyePivot: turnPoint(part.eyePivot) }),
    ...(part.eyeBones && {
      eyeBones: part.eyeBones.map((bone) => ({ ...bone, pivot: turnPoint(bone.pivot) })),
    }),
  }));
}

/** Mean of the vertices that the shapes move, weighted by how far. */
function middleOf(parts: readonly RawPart[], names: readonly BlendShape[]): Point3 | undefined {
  const sum = [0, 0, 0];
  let total = 0;
  for (const { positions, shapes } of parts) {
    for (const name of names) {
      const found = shapes.get(name);
      found?.index.forEach((v, k) => {
        const weight = Math.hypot(found.delta[3 * k]!, found.delta[3 * k + 1]!, found.delta[3 * k + 2]!);
        total += weight;
        for (let axis = 0; axis < 3; axis++) sum[axis]! += weight * positions[3 * v + axis]!;
      });
    }
  }
  return total > 0 ? [sum[0]! / total, sum[1]! / total, sum[2]! / total] : undefined;
}

/** From eyes to mouth a face square is 2.35 times as tall (measured on the ICT head). */
const squarePerEyesToMouth = 2.35;
const middleBelowEyes = 0.29;

/** A head's smile may be a whole expression, which moves eyes and brows too; the jaw moves nothing above the mouth. */
const nearestSmile = 0.6;

function mouthOf(parts: readonly RawPart[], eyes: Point3 | undefined): Point3 | undefined {
  const smile = middleOf(parts, ["mouthSmileLeft", "mouthSmileRight"]);
  const jaw = middleOf(parts, ["jawOpen"]);
  if (!smile || !jaw || !eyes) return smile ?? jaw;
  return eyes[1] - smile[1] < nearestSmile * (eyes[1] - jaw[1]) ? jaw : smile;
}

function faceOf(parts: readonly RawPart[]): AvatarHead["face"] {
  const eyes = middleOf(parts, ["eyeBlinkLeft", "eyeBlinkRight"]);
  const mouth = mouthOf(parts, eyes);
  if (eyes && mouth && eyes[1] > mouth[1]) {
    const side = squarePerEyesToMouth * (eyes[1] - mouth[1]);
    return { centre: [eyes[0], eyes[1] - middleBelowEyes * side, Math.max(eyes[2], mouth[2])], side };
  }
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  for (const { positions } of parts)
    positions.forEach((value, k) => {
      low[k % 3] = Math.min(low[k % 3]!, value);
      high[k % 3] = Math.max(high[k % 3]!, value);
    });
  const side = Math.max(high[0]! - low[0]!, 1);
  return { centre: [(low[0]! + high[0]!) / 2, (low[1]! + high[1]!) / 2, high[2]!], side };
}
