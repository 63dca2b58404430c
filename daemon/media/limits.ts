/**
 * What a media file may ask of this machine. Everything beyond ends in `media_too_large` or `media_timeout`. The
 * reasons are in ARCHITECTURE.md, media.
 */
export const mediaLimits = Object.freeze({
  /** Longest side of a picture, pixels. */
  maxSidePx: 8192,
  /** Area of a picture: 8K video and a little more. */
  maxPixels: 8192 * 4608,
  /** Twelve hours. */
  maxDurationMs: 12 * 3600 * 1000,
  maxChannels: 64,
  maxSampleRateHz: 768_000,
  maxStreams: 64,
  /** A single allocation inside ffmpeg, bytes. */
  maxAllocationBytes: 512 * 1024 * 1024,
  /** How far ffmpeg reads to find out what a file holds. */
  probeBytes: 16 * 1024 * 1024,
  probeDurationUs: 10_000_000,
  /** A probe as a whole. */
  probeTimeoutMs: 20_000,
  /** Reading through a file to learn its duration. */
  measureTimeoutMs: 120_000,
  /** A decoder that gives nothing for so long while it is asked is stopped. */
  stallMs: 30_000,
  /** What is kept of ffmpeg's own words. */
  maxMessageBytes: 16 * 1024,
  /** ffprobe's answer. */
  maxProbeAnswerBytes: 4 * 1024 * 1024,
});
