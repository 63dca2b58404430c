import path from "node:path";
import type { Face, Proposal } from "../../shared/protocol/labelRoutes.ts";
import {
  frameLineSchema,
  fusedLineSchema,
  speechLineSchema,
  type AnalysisEvent,
} from "../../shared/protocol/results.ts";
import { eventSegment, type Stretch } from "../../shared/segments/segment.ts";
import { readFolder } from "../results/corrected.ts";
import { emotionSegments, fusedSegments } from "../results/exports/segments.ts";
import { readLines } from "../results/exports/write.ts";
import { readAnalysis } from "../results/readResult.ts";

type Sample = readonly [timeMs: number, probabilities: Readonly<Partial<Record<string, number>>>];

/** What the analysis in `results` proposes, its faces as people corrected them, in order of time. @throws AppError `not_found` */
export async function proposalsOf(results: string): Promise<{ proposals: Proposal[]; faces: Face[] }> {
  const folder = await readFolder(results);
  const analysis = await readAnalysis(folder);
  const file = (name: string): string => path.join(folder, name);
  const proposals: Proposal[] = [];

  const faces = new Map<number, Sample[]>();
  for await (const line of readLines(file("frames.jsonl"), frameLineSchema))
    for (const { track, emotion } of line.faces)
      if (emotion !== undefined) pushTo(faces, track, [line.timeMs, emotion]);
  const emotions = await emotionSegments(readLines(file("frames.jsonl"), frameLineSchema));
  for (const [face, segments] of emotions)
    proposals.push(...fromSegments("face", face, segments, faces.get(face) ?? []));

  const fused = new Map<number | undefined, Sample[]>();
  for await (const { track, timeMs, probabilities } of readLines(file("fused.jsonl"), fusedLineSchema))
    if (probabilities !== undefined) pushTo(fused, track, [timeMs, probabilities]);
  for (const [track, segments] of await fusedSegments(readLines(file("fused.jsonl"), fusedLineSchema)))
    proposals.push(...fromSegments("fused", track, segments, fused.get(track) ?? []));

  proposals.push(...(await spoken(file("speech.jsonl"))), ...analysis.events.flatMap(fromEvent));
  return {
    proposals: proposals.sort((a, b) => a.startMs - b.startMs),
    faces: analysis.tracks.map(({ id, name }) => ({ track: id, ...(name !== undefined && { name }) })),
  };
}

function pushTo<Key>(map: Map<Key, Sample[]>, key: Key, sample: Sample): void {
  const samples = map.get(key);
  if (samples === undefined) map.set(key, [sample]);
  else samples.push(sample);
}

/** The confidence of a segment is the mean probability of its label over it. */
function fromSegments(
  kind: "face" | "fused",
  face: number | undefined,
  segments: readonly Stretch[],
  samples: readonly Sample[],
): Proposal[] {
  return segments.map(({ startMs, endMs, label }) => {
    const inside = samples.filter(([timeMs]) => timeMs >= startMs && timeMs <= endMs);
    const sum = inside.reduce((total, [, probabilities]) => total + (probabilities[label] ?? 0), 0);
    return {
      id: `${kind}:${face ?? ""}:${Math.round(startMs)}`,
      kind,
      ...(face !== undefined && { face }),
      ...{ startMs, endMs, label },
      ...(inside.length > 0 && { confidence: Math.min(1, sum / inside.length) }),
    };
  });
}

/** Speech lines overlap: neighbours of one emotion are one stretch, each until the next one begins. */
async function spoken(file: string): Promise<Proposal[]> {
  const stretches: { startMs: number; endMs: number; label: string; sum: number; n: number }[] = [];
  let before: { startMs: number; endMs: number } | undefined;
  for await (const { startMs, endMs, probabilities } of readLines(file, speechLineSchema)) {
    const last = stretches.at(-1);
    if (last !== undefined && before !== undefined && last.endMs > startMs) last.endMs = startMs;
    before = { startMs, endMs };
    if (probabilities === undefined) continue;
    const [label, confidence] = Object.entries(probabilities).reduce((a, b) => (b[1] > a[1] ? b : a));
    if (last?.label === label && last.endMs >= startMs - 1) {
      last.endMs = endMs;
      last.sum += confidence;
      last.n++;
    } else stretches.push({ startMs, endMs, label, sum: confidence, n: 1 });
  }
  return stretches
    .filter(({ startMs, endMs }) => endMs > startMs)
    .map(({ startMs, endMs, label, sum, n }) => ({
      id: `voice::${Math.round(startMs)}`,
      kind: "voice" as const,
      ...{ startMs, endMs, label, confidence: Math.min(1, sum / n) },
    }));
}

function fromEvent(event: AnalysisEvent): Proposal[] {
  const { kind, apexMs, track } = event;
  const { startMs, endMs, label } = eventSegment(event);
  const base = {
    id: `${kind}:${track ?? ""}:${Math.round(startMs)}`,
    ...(track !== undefined && { face: track }),
  };
  if (kind === "blink") return [{ ...base, kind, startMs, endMs, label }];
  if (kind === "gaze_away") return [{ ...base, kind, startMs, endMs, label }];
  if (kind === "micro_expression")
    return [{ ...base, kind, startMs, endMs, ...(apexMs !== undefined && { apexMs }), label }];
  return kind === "answer" ? [{ ...base, kind: "speech", startMs, endMs, label }] : [];
}
