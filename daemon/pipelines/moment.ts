import type { FusedLine, SpeechLine } from "../../shared/protocol/results.ts";
import type { VisualFrame } from "./seen.ts";
import type { SpeechStep } from "./speech.ts";

/** What happened next: a frame, a step of speech, or what was fused from both. */
export interface Moment {
  readonly frame?: VisualFrame;
  readonly sound?: SpeechStep;
  /** Of the step of speech, with the face that speaks. */
  readonly speech?: SpeechLine;
  readonly fused?: readonly FusedLine[];
}
