import * as z from "zod";

/**
 * The mel spectrogram that is shown: a column every 40 ms, the mean power of four frames of 25 ms, in bands equally wide
 * in mel. Fixed, so that strips of different clips look alike, whatever the speech network reads.
 */
export const melStripFormat = Object.freeze({
  bands: 48,
  columnMs: 40,
  lowHz: 50,
  highHz: 8000,
  /** What the bytes 0 and 255 stand for, decibels of mel power. */
  lowDb: -60,
  highDb: 30,
});

/** A line of `mel.jsonl`: columns from `startMs` on, `bands` bytes each, the lowest band first, in base64. */
export const melLineSchema = z.object({ startMs: z.number(), columns: z.base64() });

export type MelLine = z.infer<typeof melLineSchema>;
