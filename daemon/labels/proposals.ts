import path from "node:path";
import type { Face, Proposal } from "../../shared/protocol/labelRoutes.ts";
import {
  frameLineSchema,
  fusedLineSchema,
  type AnalysisEvent,
  type SpeechLine,
} from "../../shared/protocol/results.ts";
import { eventSegment, type Stretch } from "../../shared/segments/segment.ts";
import { readFolder } from "../results/corrected.ts";
import { heardEmotion, heardStretches } from "../results/exports/segments.ts";
import { readLines, readSpeech, segmentsOf } from "../results/exports/write.ts";
import { readAnalysis } from "../results/readResult.ts";
import { mean } from "../../shared/stats/mean.ts";

type Sample = readonly [timeMs: number, probabilities: Readonly<Partial<Record<string, number>>>];

/** What the analysis in `results` proposes, its faces as people corrected them, in order of time. @throws AppError `not_found` */
export async function proposalsOf(results: string): Promise<{ proposals: Proposal[]; faces: Face[] }> {
  const folder = await readFolder(results);
  const analysis = await readAnalysis(folder);
  const file = (name: string): string => path.join(folder, name);
  const segments = await segmentsOf(folder, analysis);
  const proposals: Proposal[] = [];

  const faces = new Map<number, Sample[]>();
  for await (const line of readLines(file("frames.jsonl"), frameLineSchema))
    for (const { track, emotion } of line.faces)
      if (emotion !== undefined) pushTo(faces, track, [line.timeMs, emotion]);
  for (const [face, stretches] of segments.emotions)
    proposals.push(...fromSegments("face", face, stretches, faces.get(face) ?? []));

  const fused = new Map<number | undefined, Sample[]>();
  for await (const { track, timeMs, probabilities } of readLines(file("fused.jsonl"), fusedLineSchema))
    if (probabilities !== undefined) pushTo(fused, track, [timeMs, probabilities]);
  for (const [track, stretches] of segments.fused)
    proposals.push(...fromSegments("fused", track, stretches, fused.get(track) ?? []));

  const events = analysis.events.flatMap(fromEvent);
  // Answers of an interview have edges of their own; any other speech those of the lines of sound.
  const isInterview = events.some(({ kind }) => kind === "speech");
  proposals.push(...events, ...fromSound(await readSpeech(folder), !isInterview));
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
  // Both are in order of time: each sample is passed once.
  let from = 0;
  return segments.map(({ startMs, endMs, label }) => {
    while (from < samples.length && samples[from]![0] < startMs) from++;
    let to = from;
    while (to < samples.length && samples[to]![0] <= endMs) to++;
    const inside = samples.slice(from, to);
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

/** Emotions of the voice, with the mean probability of each, and where somebody speaks at all. */
function fromSound(lines: readonly SpeechLine[], withSpeech: boolean): Proposal[] {
  const voices = heardStretches(lines, heardEmotion).map(
    ({ startMs, endMs, label, lines: own }): Proposal => ({
      ...{ id: `voice::${Math.round(startMs)}`, kind: "voice", startMs, endMs, label },
      confidence: Math.min(1, mean(own.map(({ probabilities }) => (probabilities as Sample[1])[label] ?? 0))),
    }),
  );
  const spoken = withSpeech
    ? heardStretches(lines, ({ state }) => (state === "no_speech" ? undefined : "speech"))
    : [];
  return [
    ...voices,
    ...spoken.map(({ startMs, endMs, label }): Proposal => ({
      ...{ id: `speech::${Math.round(startMs)}`, kind: "speech", startMs, endMs, label },
    })),
  ];
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
