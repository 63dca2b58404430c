/** Expression labels in the order of the expression networks' output. */
export const expressionLabels = [
  "neutral",
  "happy",
  "sad",
  "angry",
  "surprise",
  "fear",
  "disgust",
  "contempt",
] as const;
/** Speech labels in the order of the speech networks' output. */
export const speechLabels = [
  "neutral",
  "calm",
  "happy",
  "sad",
  "angry",
  "fear",
  "disgust",
  "surprise",
] as const;
/** The seven labels of the Multimodal Aggregator Network, in its output's order. */
export const fusedLabels = ["neutral", "happy", "sad", "angry", "surprise", "fear", "disgust"] as const;
/** What a micro-expression shows, as the MEGC 2019 composite groups it; in the order of its networks' output. */
export const microLabels = ["negative", "positive", "surprise"] as const;
export const eyeStateLabels = ["open", "closed"] as const;

export type ExpressionLabel = (typeof expressionLabels)[number];
export type SpeechLabel = (typeof speechLabels)[number];
export type MicroLabel = (typeof microLabels)[number];
export type FusedLabel = (typeof fusedLabels)[number];
