import { actionUnits, type ActionUnit } from "../../../shared/emotion/actionUnits.ts";
import { expressionLabels, type ExpressionLabel } from "../../../shared/emotion/labels.ts";
import type { Analysis, Face, FrameLine } from "../../../shared/protocol/results.ts";

/** Probabilities with one strong label. */
export function feeling(label: ExpressionLabel): Record<ExpressionLabel, number> {
  const entries = expressionLabels.map((l) => [l, l === label ? 0.86 : 0.02]);
  return Object.fromEntries(entries) as Record<ExpressionLabel, number>;
}

/** These action units, and no other. */
export function unitsWith(some: Partial<Record<ActionUnit, number>>): Record<ActionUnit, number> {
  const entries = actionUnits.map((unit) => [unit, some[unit] ?? 0]);
  return Object.fromEntries(entries) as Record<ActionUnit, number>;
}

export function sampleFace(track: number, change: Partial<Face> = {}): Face {
  const gaze = { pitchDeg: 0, yawDeg: 0 };
  return {
    track,
    state: "ok",
    box: [10, 20, 100, 120],
    score: 0.99,
    landmarks: Array.from({ length: 136 }, (_, i) => i + 0.5),
    headPose: { yawDeg: -1.5, pitchDeg: 2, rollDeg: 0.5 },
    eyes: { right: { open: 0.97, ear: 0.3, gaze }, left: { open: 0.95, ear: 0.31, gaze } },
    gaze: { ...gaze, away: false },
    expression: feeling("neutral"),
    emotion: feeling("neutral"),
    ...change,
  };
}

/** The face without some of its optional parts. */
export function without(face: Face, ...parts: ("eyes" | "gaze" | "emotion" | "expression")[]): Face {
  const kept = Object.entries(face).filter(([key]) => !parts.some((part) => part === key));
  return Object.fromEntries(kept) as Face;
}

export function sampleLine(index: number, timeMs: number, faces: Face[]): FrameLine {
  return { index, timeMs, state: faces.length === 0 ? "no_face" : "ok", faces };
}

/** Both eyes this far open. */
export function eyesOpen(open: number): Partial<Face> {
  return { eyes: { right: { open, ear: 0.3 * open }, left: { open, ear: 0.3 * open } } };
}

export const sampleAnalysis: Analysis = {
  schemaVersion: 1,
  id: "sample",
  pipeline: "multimodal",
  media: {
    name: `A "clip" & <more>.mp4`,
    sizeBytes: 1,
    durationMs: 4000,
    container: "mov,mp4,m4a,3gp,3g2,mj2",
    sha256: "0".repeat(64),
  },
  config: {},
  device: { provider: "cpu", fallThrough: [] },
  models: [],
  seed: 1,
  versions: { edin: "0.1.0" },
  run: {
    startedAt: "2026-01-01T00:00:00.000Z",
    finishedAt: "2026-01-01T00:00:01.000Z",
    framesPerSecond: 30,
    stages: [],
  },
  tracks: [
    { id: 1, firstMs: 0, lastMs: 4000, frames: 100 },
    { id: 2, firstMs: 0, lastMs: 4000, frames: 100 },
  ],
  events: [
    { kind: "blink", startMs: 100, apexMs: 150, endMs: 240.4, track: 1, value: 0.98 },
    { kind: "scene_cut", startMs: 2000, endMs: 2000 },
    { kind: "gaze_away", startMs: 2100, endMs: 3000, track: 2, label: `=1+1, "quoted" <&>\u0001` },
  ],
  summary: { frames: 100, framesWithFace: 100, framesLowQuality: 0, speechSegments: 0, notes: [] },
  resultSha256: "0".repeat(64),
};
