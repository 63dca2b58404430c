import { counted } from "../text/counted.ts";
import { expressionLabels, fusedLabels, speechLabels } from "../emotion/labels.ts";

/** What a table of a study holds of each person, condition and event. */
export interface Measure {
  /** `face.happy.mean`: source, signal and statistic. */
  readonly name: string;
  readonly source: MeasureSource;
  readonly signal: string;
  readonly statistic: Statistic;
  readonly unit: string;
  /** How it is made, as a sentence of the codebook. */
  readonly description: string;
}

export type MeasureSource = "face" | "voice" | "fused" | "behaviour";
/** Of a signal that changes over the time of an event. */
export const curveStatistics = ["mean", "peak", "latency_to_peak", "share_over_threshold", "area"] as const;
export type Statistic = (typeof curveStatistics)[number] | "rate" | "share" | "spread";

/** Valence = happy minus the strongest of these. */
export const negativeLabels = ["sad", "angry", "fear", "disgust"] as const;

const labelsOf = { face: expressionLabels, voice: speechLabels, fused: fusedLabels } as const;
export const emotionSources = ["face", "voice", "fused"] as const;
export type EmotionSource = (typeof emotionSources)[number];

/** The signals of a source: its emotions, then valence, and of a face arousal. */
export const signalsOf = (source: EmotionSource): readonly string[] => [
  ...labelsOf[source],
  "valence",
  ...(source === "face" ? ["arousal"] : []),
];

/** Happy minus the strongest of sad, angry, fear and disgust: -1 to 1. */
export function valenceOf(
  probabilities: Readonly<Record<"happy" | (typeof negativeLabels)[number], number>>,
): number {
  return probabilities.happy - Math.max(...negativeLabels.map((label) => probabilities[label]));
}

/**
 * Every measure of a table, in the order of its columns.
 * @param threshold of the share of time
 */
export function measuresOf(threshold: number): Measure[] {
  const emotions = emotionSources.flatMap((source) =>
    signalsOf(source).flatMap((signal) =>
      curveStatistics.map((statistic) => ({
        name: `${source}.${signal}.${statistic}`,
        source,
        signal,
        statistic,
        unit: unitOf(statistic, signal),
        description: `${sentences[statistic](threshold)} ${signalSentences[signal] ?? ""}`.trim(),
      })),
    ),
  );
  return [...emotions, ...behaviours];
}

const signalSentences: Readonly<Record<string, string>> = {
  valence: "Valence is the probability of happy minus the strongest of sad, angry, fear and disgust.",
  arousal:
    "Arousal is the mean of the five action units that stand out most of their own mean over the last minute, as FaceReader makes it, from estimated units: 17 of its 20 (18, 24 and 27 are missing; closed eyes are AU 45 for its AU 43). Only the avatar pipeline estimates them. What counts is movement against the last minute, not how strong a feeling is.",
};

const sentences: Record<(typeof curveStatistics)[number], (threshold: number) => string> = {
  mean: () =>
    "Mean over the time of the event in which it was measured, each sample by the time that it stands for.",
  peak: () => "Highest value in the event; the mean of that over its occurrences.",
  latency_to_peak: () =>
    "Time from the start of the event to its highest value; the mean over its occurrences.",
  share_over_threshold: (threshold) => `Share of the measured time in which the value is over ${threshold}.`,
  area: () => "Value times seconds over the measured time of the event; the mean over its occurrences.",
};

function unitOf(statistic: (typeof curveStatistics)[number], signal: string): string {
  if (statistic === "latency_to_peak") return "s";
  if (statistic === "share_over_threshold") return "share of time";
  const value = signal in signalSentences ? signal : "probability";
  return statistic === "area" ? `${value} s` : value;
}

const behaviours: readonly Measure[] = [
  behaviour(
    "blinks",
    "rate",
    "1/min",
    "Blinks that began in the event, over the minutes in which the eyes were seen.",
  ),
  behaviour(
    "gaze_away",
    "share",
    "share of time",
    "Share of the time with a known gaze in which it points away from the screen.",
  ),
  behaviour(
    "mouth",
    "spread",
    "inter-ocular distances",
    "How much the mouth moves: standard deviation of the opening between the inner lips.",
  ),
  behaviour(
    "brow",
    "spread",
    "inter-ocular distances",
    "How much the brows move: standard deviation of their height over the eyes.",
  ),
  behaviour(
    "coverage",
    "share",
    "share of time",
    "Share of the event in which the face was there and could be trusted.",
  ),
];

function behaviour(signal: string, statistic: Statistic, unit: string, description: string): Measure {
  return { name: `behaviour.${signal}`, source: "behaviour", signal, statistic, unit, description };
}

/** Why a table has no arousal. */
export const noArousal =
  "Arousal is not measured: it is made from action units, which none of these analyses has. Analyse the clips with the avatar pipeline.";
/** Why some of it is missing. */
export const someArousal = (missing: number): string =>
  `Arousal is missing for ${counted(missing, "clip")} without action units: analyse them with the avatar pipeline.`;
