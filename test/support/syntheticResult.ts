import { expressionLabels, fusedLabels, speechLabels } from "../../shared/emotion/labels.ts";
import type {
  Analysis,
  AnalysisEvent,
  Face,
  FrameLine,
  FusedLine,
  HeardVoice,
  SpeechLine,
} from "../../shared/protocol/results.ts";

/**
 * Result files of the right shape and size without any analysis behind them: they serve tests of drawing and loading,
 * where a clip of half an hour would take minutes to analyse. Their numbers say nothing about any network.
 */
export interface SyntheticOptions {
  readonly durationMs: number;
  readonly frameRate?: number;
  readonly faces?: number;
  /** People whose voices were told apart; they speak in turns of 1250 ms, nobody every fifth time. */
  readonly voices?: number;
  readonly id?: string;
  readonly width?: number;
  readonly height?: number;
}

export function syntheticFrames(options: SyntheticOptions): FrameLine[] {
  const { durationMs, frameRate = 25, faces = 1 } = options;
  return Array.from({ length: Math.floor((durationMs / 1000) * frameRate) }, (_, index) => {
    const timeMs = (index / frameRate) * 1000;
    // Nobody is there for two seconds of every forty.
    const present = timeMs % 40_000 < 38_000;
    const list = present ? Array.from({ length: faces }, (_, k) => face(k + 1, timeMs, options)) : [];
    return { index, timeMs, state: present ? "ok" : "no_face", faces: list };
  });
}

export function syntheticSpeech({ durationMs, voices = 0 }: SyntheticOptions): SpeechLine[] {
  return Array.from({ length: Math.floor(durationMs / 1250) }, (_, i) => {
    const speaks = Math.sin(i * 0.7) > -0.5;
    return {
      startMs: i * 1250,
      endMs: (i + 1) * 1250,
      state: speaks ? "ok" : "no_speech",
      levelDb: speaks ? -24 : -70,
      ...(speaks && { probabilities: mixture(speechLabels, i * 1250, 5) }),
      ...(speaks && voices > 0 && { voice: 1 + (i % voices) }),
    };
  });
}

export function syntheticFused({ durationMs, faces = 1 }: SyntheticOptions): FusedLine[] {
  return Array.from({ length: Math.floor(durationMs / 500) }, (_, i) => i * 500).flatMap((timeMs) =>
    Array.from({ length: faces }, (_, k) => ({
      timeMs,
      track: k + 1,
      state: "ok" as const,
      probabilities: mixture(fusedLabels, timeMs, k + 9),
      carried: { face: 0.6, speech: 0.4 },
    })),
  );
}

export function syntheticAnalysis(options: SyntheticOptions): Analysis {
  const { durationMs, frameRate = 25, faces = 1, voices = 0 } = options;
  const { id = "00000000-0000-4000-8000-000000000001" } = options;
  const frames = Math.floor((durationMs / 1000) * frameRate);
  return {
    schemaVersion: 1,
    id,
    pipeline: "multimodal",
    media: {
      name: "synthetic.mp4",
      sizeBytes: 1_000_000,
      durationMs,
      container: "mp4",
      sha256: "0".repeat(64),
      video: {
        codec: "h264",
        pixelFormat: "yuv420p",
        width: options.width ?? 640,
        height: options.height ?? 360,
        rotationDeg: 0,
        frameRate,
        variableFrameRate: false,
        startMs: 0,
        matrix: "bt601",
        fullRange: false,
      },
      audio: { codec: "aac", sampleRateHz: 44_100, channels: 1, startMs: 0 },
    },
    config: { detectEvery: 4, smoothing: { halfLifeMs: 200 } },
    device: { provider: "cpu", fallThrough: [{ provider: "cuda", reason: "no CUDA library was found" }] },
    models: [{ task: "face", id: "face-synthetic", sha256: "1".repeat(64) }],
    seed: 1,
    versions: { edin: "0.0.0" },
    run: {
      startedAt: "2026-01-01T00:00:00.000Z",
      finishedAt: "2026-01-01T00:00:10.000Z",
      framesPerSecond: frames / 10,
      stages: ["decode", "detect", "landmarks", "eyes", "gaze", "expression", "speech", "fuse"].map(
        (name, i) => ({ name, runs: frames, p50Ms: 0.4 + 0.3 * i, p95Ms: 0.9 + 0.5 * i }),
      ),
    },
    tracks: Array.from({ length: faces }, (_, k) => ({
      id: k + 1,
      firstMs: 0,
      lastMs: durationMs,
      frames,
      meanEmotion: mixture(expressionLabels, 0, k),
      dominant: "neutral",
      blinks: Math.floor(durationMs / 4000),
      blinksPerMinute: 15,
    })),
    ...(voices > 0 && {
      voice: { voicedMs: durationMs, trustedSegments: 3 },
      voices: Array.from({ length: voices }, (_, k) => syntheticVoice(k + 1, options)),
    }),
    events: syntheticEvents(options),
    summary: {
      frames,
      framesWithFace: Math.floor(frames * 0.95),
      framesLowQuality: 0,
      speechSegments: Math.floor(durationMs / 1250),
      notes: [],
    },
    resultSha256: "2".repeat(64),
  };
}

function syntheticVoice(id: number, { durationMs, voices = 1 }: SyntheticOptions): HeardVoice {
  const turns: [number, number][] = [];
  for (let t = (id - 1) * 1250; t < durationMs; t += voices * 1250)
    turns.push([t, Math.min(durationMs, t + 1250)]);
  return { id, voicedMs: durationMs / voices, trustedSegments: turns.length, turns };
}

function syntheticEvents({ durationMs, faces = 1 }: SyntheticOptions): AnalysisEvent[] {
  const events: AnalysisEvent[] = [];
  for (let track = 1; track <= faces; track++) {
    for (let t = 900 * track; t < durationMs; t += 4000)
      events.push({ kind: "blink", startMs: t, endMs: t + 160, track });
    for (let t = 7000; t < durationMs; t += 23_000)
      events.push({ kind: "gaze_away", startMs: t, endMs: t + 1900, track });
    for (let t = 11_000; t < durationMs; t += 31_000)
      events.push({
        kind: "micro_expression",
        startMs: t,
        endMs: t + 280,
        apexMs: t + 120,
        track,
        label: "brows",
        value: 2.4,
      });
  }
  for (let t = 2000; t < durationMs; t += 20_000)
    events.push({ kind: "prompt", startMs: t, endMs: t + 4000, label: "Tell me about <b>your day</b>" });
  return events;
}

/** A slow wander between the labels that sums to 1. */
function mixture<const L extends readonly string[]>(
  labels: L,
  timeMs: number,
  phase: number,
): Record<L[number], number> {
  const weights = labels.map((_, k) =>
    Math.exp(2.2 * Math.sin(timeMs / (1500 + 700 * k) + phase + k * 1.7) + (k === 0 ? 1.2 : 0)),
  );
  const sum = weights.reduce((a, b) => a + b, 0);
  return Object.fromEntries(labels.map((label, k) => [label, weights[k]! / sum])) as Record<
    L[number],
    number
  >;
}

function face(
  track: number,
  timeMs: number,
  { width = 640, height = 360, faces = 1 }: SyntheticOptions,
): Face {
  const side = height * 0.45;
  const cx = (width * track) / (faces + 1) + 12 * Math.sin(timeMs / 900 + track);
  const cy = height * 0.5 + 6 * Math.cos(timeMs / 700);
  const landmarks = Array.from({ length: 68 }, (_, i) => {
    const angle = (i / 68) * 2 * Math.PI;
    const radius = side * (i < 17 ? 0.48 : i < 36 ? 0.25 : i < 48 ? 0.18 : 0.12);
    return [round(cx + radius * Math.cos(angle)), round(cy + radius * Math.sin(angle))];
  }).flat();
  const eye = { open: 0.9, ear: 0.31, gaze: { pitchDeg: 2, yawDeg: 5 } };
  return {
    track,
    state: timeMs % 15_000 > 14_000 ? "low_quality" : "ok",
    box: [round(cx - side / 2), round(cy - side / 2), round(side), round(side)],
    score: 0.98,
    landmarks,
    headPose: { yawDeg: 3, pitchDeg: -2, rollDeg: 1 },
    eyes: { right: eye, left: eye },
    gaze: {
      pitchDeg: round(8 * Math.sin(timeMs / 1300)),
      yawDeg: round(14 * Math.cos(timeMs / 1700)),
      away: false,
    },
    emotion: mixture(expressionLabels, timeMs, track),
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
