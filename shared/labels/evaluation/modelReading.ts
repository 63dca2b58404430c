import type { Stretch } from "../../segments/segment.ts";
import type { Source } from "../sources.ts";

/** What a model said over a stretch of time; without probabilities where it trusted nothing. */
export interface ModelSample {
  readonly fromMs: number;
  readonly toMs: number;
  readonly probabilities?: Readonly<Partial<Record<string, number>>> | undefined;
}

/** What a model said about one face, or about the voice, in order of time. */
export interface ModelReading {
  /** Empty for events, which are there or not. */
  readonly samples: readonly ModelSample[];
  readonly segments: readonly Stretch[];
}

/** What an analysis says of a clip. */
export interface ModelClip {
  readonly analysis: string;
  /** Tracks of faces, the one seen in most frames first. */
  readonly faces: readonly number[];
  /** Labels that each source can give. */
  readonly labels: Readonly<Record<Source, readonly string[]>>;
  /** Undefined where the analysis has nothing of the kind about that face. */
  reading(source: Source, face: number | undefined): ModelReading | undefined;
}

/** Sources that tell events: something is there or not, without probabilities. */
export const eventSources: ReadonlySet<Source> = new Set<Source>([
  "blink",
  "gaze_away",
  "micro_expression",
  "speech",
]);
