import type { ExpressionLabel, SpeechLabel } from "./labels.ts";

export type EmotionName = ExpressionLabel | SpeechLabel;

/** How an emotion is drawn, in every theme and in every export alike. */
export interface EmotionLook {
  /** sRGB, `#rrggbb`. */
  readonly colour: string;
  /** Dash of its line, lengths in pixels of a line 1.5 wide; empty for a solid line. */
  readonly dash: readonly number[];
}

/**
 * Fixed looks of the emotions. The colours were searched for numerically: any two differ by at least 7 in CIE L* (a grey
 * print tells them apart) and by at least 14 in CIEDE2000 for normal sight, protanopia, deuteranopia and tritanopia
 * (Machado, Oliveira and Fernandes 2009); `test/unit/emotionLooks.test.ts` holds them to it. With so wide a range no colour stands
 * out from every background: who draws one gives it an edge in the colour of the text.
 */
export const emotionLooks: Readonly<Record<EmotionName, EmotionLook>> = {
  neutral: { colour: "#9fa0a1", dash: [1, 3] },
  calm: { colour: "#82dae9", dash: [2, 2] },
  happy: { colour: "#f8e54b", dash: [] },
  sad: { colour: "#3b528a", dash: [6, 3] },
  angry: { colour: "#c52039", dash: [10, 3] },
  surprise: { colour: "#ff9d6c", dash: [10, 3, 2, 3] },
  fear: { colour: "#520085", dash: [4, 4] },
  disgust: { colour: "#5d8247", dash: [6, 2, 2, 2, 2, 2] },
  contempt: { colour: "#c86cb1", dash: [2, 5] },
};

/** The look of a label that a result names; `undefined` for one that is no emotion of EDIN's. */
export function emotionLook(label: string): EmotionLook | undefined {
  return Object.hasOwn(emotionLooks, label) ? emotionLooks[label as EmotionName] : undefined;
}
