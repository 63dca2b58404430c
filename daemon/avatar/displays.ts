import { blendShapeIndex, blendShapes, type BlendShape } from "../../shared/avatar/blendShapes.ts";
import type { ExpressionLabel } from "../../shared/emotion/labels.ts";
import { atRest, type AvatarState } from "../../shared/avatar/head.ts";

/** Weights of shapes; a name without a side stands for both. */
type Display = Readonly<Record<string, number>>;

/**
 * Displays of each emotion after Ekman's EMFACS tables, those that the networks of avatars were trained with
 * (models/recipes/avatar_rig.py, DISPLAYS).
 */
const displays: Readonly<Record<ExpressionLabel, readonly Display[]>> = {
  neutral: [{}],
  happy: [
    { mouthSmile: 1, cheekSquint: 0.7, mouthUpperUp: 0.25, jawOpen: 0.06 },
    { mouthSmile: 1, cheekSquint: 0.9, mouthUpperUp: 0.45, jawOpen: 0.18, eyeSquint: 0.2 },
    { mouthSmile: 0.85, mouthDimple: 0.4, cheekSquint: 0.5 },
  ],
  sad: [
    { mouthFrown: 1, browInnerUp: 1, mouthShrugLower: 0.45, eyeBlink: 0.15 },
    { mouthFrown: 0.8, browInnerUp: 0.9, browDown: 0.25, eyeSquint: 0.3, mouthShrugLower: 0.6 },
    { mouthFrown: 0.9, browInnerUp: 0.75, mouthStretch: 0.2, mouthRollLower: 0.3, eyeBlink: 0.2 },
  ],
  angry: [
    { browDown: 1, eyeSquint: 0.55, mouthPress: 0.8, noseSneer: 0.3, mouthFrown: 0.25 },
    {
      ...{ browDown: 1, eyeWide: 0.35, mouthFunnel: 0.3, mouthUpperUp: 0.5, mouthLowerDown: 0.7 },
      ...{ jawOpen: 0.15, noseSneer: 0.45 },
    },
    { browDown: 1, eyeSquint: 0.6, mouthRollLower: 0.45, mouthRollUpper: 0.45, jawForward: 0.4 },
  ],
  surprise: [
    { browInnerUp: 0.9, browOuterUp: 0.9, eyeWide: 0.8, jawOpen: 0.6 },
    { browInnerUp: 0.9, browOuterUp: 1, eyeWide: 0.6, jawOpen: 0.38, mouthFunnel: 0.3 },
  ],
  fear: [
    { browInnerUp: 1, browDown: 0.35, browOuterUp: 0.3, eyeWide: 1, mouthStretch: 0.9, jawOpen: 0.15 },
    { browInnerUp: 1, browDown: 0.3, eyeWide: 0.9, mouthStretch: 0.75, mouthLowerDown: 0.5, jawOpen: 0.25 },
  ],
  disgust: [
    { noseSneer: 1, mouthUpperUp: 0.85, browDown: 0.45, cheekSquint: 0.45, eyeSquint: 0.3 },
    {
      noseSneer: 1,
      mouthUpperUp: 0.55,
      mouthShrugUpper: 0.4,
      mouthFrown: 0.45,
      eyeSquint: 0.4,
      browDown: 0.35,
    },
  ],
  contempt: [
    { mouthSmileRight: 0.65, mouthDimpleRight: 0.8, mouthPressRight: 0.3 },
    { mouthSmileLeft: 0.65, mouthDimpleLeft: 0.8, mouthPressLeft: 0.3 },
  ],
};

const strengths = [0.6, 0.8, 1];
const yaws = [-0.25, 0, 0.25];

/** Every display of an emotion in three strengths and seen from three sides, without chance. */
export function displaysOf(emotion: ExpressionLabel): AvatarState[] {
  return displays[emotion].flatMap((display) =>
    strengths.flatMap((strength) =>
      yaws.map((yaw) => ({
        ...atRest,
        weights: weightsOf(display, strength),
        pose: { yaw, pitch: 0, roll: 0 },
      })),
    ),
  );
}

function weightsOf(display: Display, strength: number): Float32Array {
  const weights = new Float32Array(blendShapes.length);
  for (const [part, weight] of Object.entries(display))
    for (const name of [part, `${part}Left`, `${part}Right`]) {
      const at = blendShapeIndex[name as BlendShape] as number | undefined;
      if (at !== undefined) weights[at] = strength * weight;
    }
  return weights;
}
