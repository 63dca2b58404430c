/**
 * The rig that faces, avatars and results share: ARKit's blend shapes (Apple, ARFaceAnchor.BlendShapeLocation) without
 * `tongueOut`, which no camera here sees. Weights are 0..1; left and right are the person's own. models/recipes/avatar_rig.py
 * has the same list.
 */
export const blendShapes = [
  "browDownLeft",
  "browDownRight",
  "browInnerUp",
  "browOuterUpLeft",
  "browOuterUpRight",
  "cheekPuff",
  "cheekSquintLeft",
  "cheekSquintRight",
  "eyeBlinkLeft",
  "eyeBlinkRight",
  "eyeLookDownLeft",
  "eyeLookDownRight",
  "eyeLookInLeft",
  "eyeLookInRight",
  "eyeLookOutLeft",
  "eyeLookOutRight",
  "eyeLookUpLeft",
  "eyeLookUpRight",
  "eyeSquintLeft",
  "eyeSquintRight",
  "eyeWideLeft",
  "eyeWideRight",
  "jawForward",
  "jawLeft",
  "jawOpen",
  "jawRight",
  "mouthClose",
  "mouthDimpleLeft",
  "mouthDimpleRight",
  "mouthFrownLeft",
  "mouthFrownRight",
  "mouthFunnel",
  "mouthLeft",
  "mouthLowerDownLeft",
  "mouthLowerDownRight",
  "mouthPressLeft",
  "mouthPressRight",
  "mouthPucker",
  "mouthRight",
  "mouthRollLower",
  "mouthRollUpper",
  "mouthShrugLower",
  "mouthShrugUpper",
  "mouthSmileLeft",
  "mouthSmileRight",
  "mouthStretchLeft",
  "mouthStretchRight",
  "mouthUpperUpLeft",
  "mouthUpperUpRight",
  "noseSneerLeft",
  "noseSneerRight",
] as const;

export type BlendShape = (typeof blendShapes)[number];

/** Those that a face can tell: `mouthClose` means nothing without `jawOpen`, and no network tells it. */
export const toldShapes = blendShapes.filter((name) => name !== "mouthClose");

/** Place of each shape in {@link blendShapes}. */
export const blendShapeIndex = Object.fromEntries(blendShapes.map((name, k) => [name, k])) as Readonly<
  Record<BlendShape, number>
>;

/**
 * The shape of another program's name, if it is one of ours: `mouthSmile_L`, `MouthSmileLeft`, `head.mouthSmile.L` and
 * `AK_01_MouthSmileLeft` are, `Fcl_...` is not.
 */
export function blendShapeOf(name: string): BlendShape | undefined {
  const words = sidesSpelt(name).split(separators);
  for (let k = 0; k < words.length; k++) {
    const found = lowered.get(words.slice(k).join("").toLowerCase());
    if (found) return found;
  }
  return undefined;
}

/** A name without what stands before its last dot, in small letters, sides spelt out: `h.LeyeClose_h` is `leyecloseh`. */
export const plainShapeName = (name: string): string =>
  sidesSpelt(name)
    .replace(/^.*[.:]/, "")
    .replaceAll(separators, "")
    .toLowerCase();

const separators = /[\s._:-]+/g;
const sidesSpelt = (name: string): string => name.replace(/[._ -]?L$/, "Left").replace(/[._ -]?R$/, "Right");
const lowered = new Map<string, BlendShape>(blendShapes.map((name) => [name.toLowerCase(), name]));
