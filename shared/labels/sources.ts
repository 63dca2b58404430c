import type { Proposal } from "../protocol/labelRoutes.ts";
import { holds, type Tier } from "../protocol/scheme.ts";

/** What of an analysis speaks about a tier. */
export type Source = Proposal["kind"];

const about = {
  voice: /voice|speech|audio/,
  fused: /fused|both/,
  micro: /micro/,
} as const;

/** Whether what an analysis says is for a tier: it has the label, and is about the same of face, voice or eyes. */
export function isFor(tier: Tier, kind: Source, label: string): boolean {
  if (holds(tier) === "values" || tier.labels?.some(({ id }) => id === label) !== true) return false;
  const id = tier.id.toLowerCase();
  switch (kind) {
    case "voice":
    case "speech":
      return about.voice.test(id);
    case "fused":
      return about.fused.test(id);
    case "face":
      return !Object.values(about).some((word) => word.test(id));
    case "micro_expression":
      return about.micro.test(id);
    case "blink":
    case "gaze_away":
      return true;
  }
}

/** Labels that each source may give. */
export type SourceLabels = Readonly<Record<Source, readonly string[]>>;

const sources: readonly Source[] = [
  "blink",
  "gaze_away",
  "micro_expression",
  "speech",
  "voice",
  "fused",
  "face",
];

/** The source that speaks about a tier, the more special one first; undefined where none shares a label with it. */
export function sourceOf(tier: Tier, labels: SourceLabels): Source | undefined {
  return sources.find((source) => labels[source].some((label) => isFor(tier, source, label)));
}
