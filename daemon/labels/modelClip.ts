import path from "node:path";
import { expressionLabels, fusedLabels, speechLabels } from "../../shared/emotion/labels.ts";
import type { ModelClip, ModelReading, ModelSample } from "../../shared/labels/evaluation/modelReading.ts";
import { modelSegment, subjectOf } from "../../shared/segments/segment.ts";
import type { Source } from "../../shared/labels/sources.ts";
import type { Proposal } from "../../shared/protocol/labelRoutes.ts";
import { frameLineSchema, fusedLineSchema, type Analysis } from "../../shared/protocol/results.ts";
import { readFolder } from "../results/corrected.ts";
import { heardParts } from "../results/exports/segments.ts";
import { readLines, readSpeech } from "../results/exports/write.ts";
import { readAnalysis } from "../results/readResult.ts";
import { proposalsOf } from "./proposals.ts";

/** A frame or a step holds at most so many of its intervals: then something is missing. */
const heldIntervals = 2.5;
const usualIntervalMs = 40;

type Mark = Omit<ModelSample, "toMs">;

/** An analysis as labels are held against it. */
export interface AnalysedClip {
  readonly analysis: Analysis;
  readonly model: ModelClip;
}

/**
 * What the analysis in `results` says of faces, as people corrected them, of voice and events.
 * @throws AppError `not_found` where the folder holds none
 */
export async function readModelClip(results: string): Promise<AnalysedClip> {
  const folder = await readFolder(results);
  const analysis = await readAnalysis(folder);
  const file = (name: string): string => path.join(folder, name);
  const { proposals } = await proposalsOf(results);
  const faces = await readFaces(file("frames.jsonl"), analysis);
  const fused = await readFused(file("fused.jsonl"), analysis);
  const voice = heardParts(await readSpeech(folder)).map(({ startMs, endMs, line }): ModelSample => ({
    ...{ fromMs: startMs, toMs: endMs, probabilities: line.probabilities },
  }));
  const samplesOf = (source: Source, face: number | undefined): readonly ModelSample[] | undefined => {
    if (source === "face") return face === undefined ? undefined : faces.get(face);
    if (source === "voice") return voice;
    if (source === "fused") return fused.get(face) ?? fused.get(undefined);
    return [];
  };
  return {
    analysis,
    model: {
      analysis: analysis.id,
      faces: analysis.tracks.toSorted((a, b) => b.frames - a.frames).map(({ id }) => id),
      labels: {
        face: expressionLabels,
        voice: speechLabels,
        fused: fusedLabels,
        blink: ["blink"],
        gaze_away: ["away"],
        micro_expression: [
          ...new Set(proposals.flatMap(ofKind("micro_expression")).map(({ label }) => label)),
        ],
        speech: ["speech"],
      },
      reading(source, face): ModelReading | undefined {
        const samples = samplesOf(source, face);
        if (samples === undefined) return undefined;
        const segments = proposals
          .flatMap(ofKind(source))
          .filter((one) => one.face === undefined || one.face === face)
          .map(({ face: track, startMs, endMs = startMs, label }) =>
            modelSegment(source === "voice" ? { kind: "voice" } : subjectOf(track), source, {
              label,
              startMs,
              endMs,
            }),
          );
        return { samples, segments };
      },
    },
  };
}

const ofKind =
  (kind: Source) =>
  (one: Proposal): Proposal[] =>
    one.kind === kind ? [one] : [];

async function readFaces(file: string, { tracks, media }: Analysis): Promise<Map<number, ModelSample[]>> {
  const marks = new Map<number, Mark[]>(tracks.map(({ id }) => [id, []]));
  for await (const { timeMs, faces } of readLines(file, frameLineSchema))
    for (const [track, list] of marks) {
      const emotion = faces.find((face) => face.track === track)?.emotion;
      list.push({ fromMs: timeMs, probabilities: emotion });
    }
  const intervalMs = media.video?.frameIntervalMs ?? usualIntervalMs;
  return new Map([...marks].map(([track, list]) => [track, held(list, intervalMs)]));
}

async function readFused(
  file: string,
  { config, media }: Analysis,
): Promise<Map<number | undefined, ModelSample[]>> {
  const marks = new Map<number | undefined, Mark[]>();
  for await (const { timeMs, track, probabilities } of readLines(file, fusedLineSchema)) {
    const list = marks.get(track) ?? [];
    marks.set(track, list);
    list.push({ fromMs: timeMs, probabilities });
  }
  const stepMs = Math.max(Number(config["fusedStepMs"] ?? 100), media.video?.frameIntervalMs ?? 0);
  return new Map([...marks].map(([track, list]) => [track, held(list, stepMs)]));
}

/** Each lasts until the next one. */
function held(marks: readonly Mark[], intervalMs: number): ModelSample[] {
  return marks.map((mark, i) => ({
    ...mark,
    toMs: Math.min(marks[i + 1]?.fromMs ?? Infinity, mark.fromMs + heldIntervals * intervalMs),
  }));
}
