/**
 * One picture of a clip or a live source, planar YUV 4:2:0, 8 bit. `data` holds the Y plane (`width * height`), then U
 * and V (`ceil(width / 2) * ceil(height / 2)` each), without padding. A consumer must not keep `data` beyond its step
 * unless it copies it: a decoder may use the buffer again.
 */
export interface Frame {
  /** Counts decoded frames from 0. */
  readonly index: number;
  /** Presentation time from the media clock, milliseconds from the start of the clip. */
  readonly timeMs: number;
  /** Pixels, after rotation metadata was applied. */
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
  /** How Y'CbCr maps to RGB. */
  readonly matrix: "bt601" | "bt709";
  readonly fullRange: boolean;
}

/** A piece of mono sound on the media clock. */
export interface AudioChunk {
  /** Time of the first sample, milliseconds from the start of the clip. */
  readonly timeMs: number;
  readonly sampleRateHz: number;
  /** Mono, -1..1, never NaN. */
  readonly samples: Float32Array;
}
