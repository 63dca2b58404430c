import { actionUnitNames, actionUnits } from "../../emotion/actionUnits.ts";
import { emotionLooks, type EmotionName } from "../../emotion/appearance.ts";
import type { Scheme, SchemeLabel, Tier } from "../../protocol/scheme.ts";

/** Schemes that come with EDIN, by the name that a new labels file gives. */

const emotion = (id: EmotionName, key: string, note?: string): SchemeLabel => ({
  ...{ id, key, color: emotionLooks[id].colour },
  ...(note !== undefined && { note }),
});

/** In the colours that every chart of EDIN has for them. */
const emotionLabels: readonly SchemeLabel[] = [
  emotion("neutral", "n"),
  emotion("happy", "h", "AU 6 + 12"),
  emotion("sad", "s", "AU 1 + 4 + 15"),
  emotion("angry", "a", "AU 4 + 5 + 7 + 23"),
  emotion("surprise", "u", "AU 1 + 2 + 5B + 26"),
  emotion("fear", "f", "AU 1 + 2 + 4 + 5 + 7 + 20 + 26"),
  emotion("disgust", "d", "AU 9 + 15 + 17"),
  emotion("contempt", "c", "AU R12A + R14A"),
];

const emotions: Scheme = {
  title: "Basic emotions and contempt",
  tiers: [
    {
      id: "face",
      title: "Face",
      kind: "interval",
      exclusive: true,
      labels: [...emotionLabels],
      required: "whole",
    },
    { id: "voice", title: "Voice", kind: "interval", exclusive: true, labels: [...emotionLabels] },
  ],
};

const faces: Scheme = {
  title: "Basic emotions, one tier a face",
  tiers: [
    {
      id: "face",
      title: "Face",
      kind: "interval",
      exclusive: true,
      perFace: true,
      labels: [...emotionLabels],
    },
  ],
};

const facs: Scheme = {
  title: "Action units with onset, apex, offset and intensity",
  note: "Start is the onset, end the offset; P marks the apex. Intensities are those of the Facial Action Coding System, A (trace) to E (maximum).",
  tiers: actionUnits.map((id): Tier => {
    const [unit, name] = [Number(id.slice(2)), actionUnitNames[id]];
    return {
      id: id.toLowerCase(),
      title: `AU ${unit} ${name}`,
      kind: "interval",
      exclusive: true,
      apex: true,
      intensity: ["A", "B", "C", "D", "E"],
      labels: [
        { id: `AU${unit}`, key: "x", note: name },
        { id: `L${unit}`, key: "y", note: `${name}, left side alone` },
        { id: `R${unit}`, key: "z", note: `${name}, right side alone` },
      ],
    };
  }),
};

const affect: Scheme = {
  title: "Valence and arousal, rated while the clip plays",
  tiers: [
    {
      id: "valence",
      title: "Valence",
      kind: "trace",
      minimum: -1,
      maximum: 1,
      rateHz: 25,
      required: "whole",
    },
    {
      id: "arousal",
      title: "Arousal",
      kind: "trace",
      minimum: -1,
      maximum: 1,
      rateHz: 25,
      required: "whole",
    },
  ],
};

const microExpressions: Scheme = {
  title: "Micro-expressions",
  note: "From onset to offset at most half a second; P marks the apex.",
  tiers: [
    {
      id: "micro",
      title: "Micro-expression",
      kind: "interval",
      exclusive: true,
      apex: true,
      maximumMs: 500,
      labels: [
        ...emotionLabels.filter(({ id }) => id !== "neutral"),
        { id: "other", key: "o", color: "#8c8c8c" },
      ],
    },
  ],
};

const blinks: Scheme = {
  title: "Blinks and looks away",
  tiers: [
    { id: "blink", title: "Blink", kind: "point", labels: [{ id: "blink", key: "b" }] },
    { id: "gaze", title: "Gaze", kind: "interval", exclusive: true, labels: [{ id: "away", key: "w" }] },
  ],
};

const speech: Scheme = {
  title: "Speech and laughter",
  tiers: [
    {
      id: "speech",
      title: "Speech",
      kind: "interval",
      exclusive: true,
      labels: [
        { id: "speech", key: "s" },
        { id: "laughter", key: "g" },
      ],
    },
  ],
};

export const builtInSchemes = {
  emotions,
  "emotions-faces": faces,
  "action-units": facs,
  "valence-arousal": affect,
  "micro-expressions": microExpressions,
  blinks,
  speech,
} as const satisfies Readonly<Record<string, Scheme>>;

export type BuiltInScheme = keyof typeof builtInSchemes;

/** Whether a scheme of this name comes with EDIN. */
export function isBuiltIn(name: string): name is BuiltInScheme {
  return Object.hasOwn(builtInSchemes, name);
}
