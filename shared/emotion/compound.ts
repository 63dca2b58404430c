import type { FusedLabel } from "./labels.ts";

/** The eleven compound emotions of RAF-DB (Du, Tao and Martinez 2014) and the two basic ones that each joins. */
export const compoundEmotions = {
  happily_surprised: ["happy", "surprise"],
  happily_disgusted: ["happy", "disgust"],
  sadly_fearful: ["sad", "fear"],
  sadly_angry: ["sad", "angry"],
  sadly_surprised: ["sad", "surprise"],
  sadly_disgusted: ["sad", "disgust"],
  fearfully_angry: ["fear", "angry"],
  fearfully_surprised: ["fear", "surprise"],
  angrily_surprised: ["angry", "surprise"],
  angrily_disgusted: ["angry", "disgust"],
  disgustedly_surprised: ["disgust", "surprise"],
} as const satisfies Record<string, readonly [FusedLabel, FusedLabel]>;

export type CompoundEmotion = keyof typeof compoundEmotions;
export const compoundLabels = Object.keys(compoundEmotions) as [CompoundEmotion, ...CompoundEmotion[]];

export interface CompoundScore {
  readonly emotion: CompoundEmotion;
  /** 2 * min(p, q): 1 when the pair holds all probability in equal halves, 0 when one of the two is absent. */
  readonly score: number;
}

/**
 * Scores compound emotions from the probabilities of the basic ones, best first. These are not probabilities of a
 * trained compound network; whoever shows them says so.
 */
export function compoundScores(probabilities: Record<FusedLabel, number>): CompoundScore[] {
  const scores = Object.entries(compoundEmotions).map(([emotion, [p, q]]) => ({
    emotion: emotion as CompoundEmotion,
    score: 2 * Math.min(probabilities[p], probabilities[q]),
  }));
  return scores.sort((a, b) => b.score - a.score || (a.emotion < b.emotion ? -1 : 1));
}
