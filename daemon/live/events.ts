import type { LivePipeline } from "../../shared/protocol/pipelines.ts";
import type { LiveSource, MovedAvatar } from "../../shared/protocol/live.ts";
import type {
  Analysis,
  AnalysisEvent,
  FrameLine,
  FusedLine,
  SpeechLine,
} from "../../shared/protocol/results.ts";
import type { Failure } from "../../shared/protocol/failure.ts";

/** What a live run is asked to do. Paths are resolved and allowed, devices are known. */
export interface LiveRunRequest {
  readonly id: string;
  readonly source: LiveSource;
  readonly pipeline: LivePipeline;
  readonly config: Readonly<Record<string, unknown>>;
  /** Record from the first frame on. */
  readonly record: boolean;
  /** Made when the recording begins. */
  readonly recordingDir: string;
  /** Name of the recording in it; `.mkv` comes behind it or, of a page, `.webm`. */
  readonly recordingStem: string;
  /** Made when the recording begins; gets the results when the run has ended. */
  readonly resultsDir: string;
}

/** How far a run is. */
export interface LiveCounts {
  readonly framesIn: number;
  readonly dropped: number;
  readonly framesRecorded: number;
}

/** What a live run tells. Times of arrival are Unix time, milliseconds with a fraction. */
export type LiveEvent =
  /** The source is open. */
  | { readonly kind: "running" }
  | { readonly kind: "picture"; readonly width: number; readonly height: number }
  | { readonly kind: "recording"; readonly on: boolean; readonly path: string; readonly startMs: number }
  | {
      readonly kind: "frame";
      readonly line: FrameLine;
      readonly arrivedAt: number;
      readonly counts: LiveCounts;
    }
  | { readonly kind: "preview"; readonly timeMs: number; readonly jpeg: Uint8Array }
  | {
      readonly kind: "face-view";
      readonly timeMs: number;
      readonly track: number;
      readonly jpeg: Uint8Array;
      readonly moved?: MovedAvatar | undefined;
    }
  /** Mono, 16 bit little-endian. */
  | {
      readonly kind: "sound";
      readonly timeMs: number;
      readonly sampleRateHz: number;
      readonly pcm: Uint8Array;
    }
  | { readonly kind: "speech"; readonly line: SpeechLine }
  | { readonly kind: "fused"; readonly line: FusedLine }
  | { readonly kind: "events"; readonly events: readonly AnalysisEvent[] };

/** What remains of a live run. */
export interface LiveEnd {
  readonly counts: LiveCounts;
  /** Of a run that recorded. */
  readonly analysis?: Analysis | undefined;
  readonly failure?: Failure | undefined;
  /** The process of the run broke down: its recording is there, its results are not. */
  readonly died?: true;
}

/** The clock of arrivals: one for all processes of a machine, to well under a millisecond. */
export function unixMs(): number {
  return performance.timeOrigin + performance.now();
}
