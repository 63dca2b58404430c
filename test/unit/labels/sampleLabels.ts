import type { Scheme } from "../../../shared/protocol/scheme.ts";

/** A scheme with each kind of tier. */
export const sampleScheme: Scheme = {
  title: "Sample",
  tiers: [
    {
      id: "face",
      kind: "interval",
      minimumMs: 40,
      labels: [
        { id: "neutral", key: "n" },
        { id: "happy", key: "h" },
        { id: "sad", key: "s" },
      ],
      intensity: ["A", "B", "C"],
    },
    { id: "blink", kind: "point", labels: [{ id: "blink", key: "b" }] },
    {
      id: "smile",
      kind: "interval",
      exclusive: false,
      parent: "face",
      labels: [{ id: "open" }, { id: "closed" }],
    },
    { id: "valence", kind: "trace", minimum: -1, maximum: 1, rateHz: 25 },
  ],
};

/** The text of a labels file with these lines of annotations. */
export function labelsText(annotations: readonly object[], head: object = {}): string {
  const fields = {
    schemaVersion: 1,
    media: { file: "clip.mp4", durationMs: 10_000 },
    annotator: "a01",
    scheme: "emotions.scheme.yaml",
    ...head,
  };
  const parts = Object.entries(fields).map(([name, value]) => `"${name}": ${JSON.stringify(value)}`);
  return `{\n${parts.join(",\n")},\n"annotations": [\n${annotations.map((a) => JSON.stringify(a)).join(",\n")}\n],\n"traces": [\n]\n}\n`;
}
