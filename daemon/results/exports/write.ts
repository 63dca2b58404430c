import path from "node:path";
import type * as z from "zod";
import type { ExportName } from "../../../shared/protocol/analyses.ts";
import {
  frameLineSchema,
  fusedLineSchema,
  speechLineSchema,
  type Analysis,
  type SpeechLine,
} from "../../../shared/protocol/results.ts";
import { linesOf } from "../../beq/lines.ts";
import { parseResult, readAnalysis, readPieces } from "../readResult.ts";
import { personTitle } from "../../../shared/people/title.ts";
import {
  blinkRatesCsv,
  eventsCsv,
  framesCsv,
  fusedCsv,
  speechCsv,
  statesCsv,
  turnsCsv,
  type EmotionState,
  type SpokenTurn,
} from "./csv.ts";
import { toEaf } from "./eaf.ts";
import { emotionSegments, fusedSegments } from "./segments.ts";
import type { Stretch } from "../../../shared/segments/segment.ts";

/**
 * An export of the analysis in `dir`, or one of its own files, as a stream of text.
 * @throws AppError `not_found` when the folder holds no finished analysis, `result_damaged`
 */
export async function* writeExport(dir: string, name: ExportName): AsyncGenerator<string> {
  const analysis = await readAnalysis(dir);
  const clip = analysis.media.name;
  switch (name) {
    case "analysis.json":
    case "frames.jsonl":
    case "speech.jsonl":
    case "fused.jsonl":
    case "mel.jsonl":
      yield* textOf(readPieces(path.join(dir, name)));
      return;
    case "frames.csv":
      yield* framesCsv(clip, analysis.pipeline, readLines(path.join(dir, "frames.jsonl"), frameLineSchema));
      return;
    case "speech.csv":
      yield* speechCsv(clip, readLines(path.join(dir, "speech.jsonl"), speechLineSchema));
      return;
    case "fused.csv":
      yield* fusedCsv(clip, readLines(path.join(dir, "fused.jsonl"), fusedLineSchema));
      return;
    case "events.csv":
      yield* eventsCsv(clip, analysis.events);
      return;
    case "blinks.csv":
      yield* blinkRatesCsv(clip, analysis.tracks);
      return;
    case "states.csv":
      yield* statesCsv(clip, statesOf(analysis, await segmentsOf(dir, analysis)));
      return;
    case "turns.csv":
      yield* turnsCsv(clip, turnsOf(analysis));
      return;
    case "annotations.eaf":
      yield toEaf(analysis, { ...(await segmentsOf(dir, analysis)), speech: await readSpeech(dir) });
  }
}

export interface Segments {
  readonly emotions: Awaited<ReturnType<typeof emotionSegments>>;
  readonly fused: Awaited<ReturnType<typeof fusedSegments>>;
}

/** All lines of sound of a result. @throws AppError `result_damaged` */
export async function readSpeech(dir: string): Promise<SpeechLine[]> {
  const lines: SpeechLine[] = [];
  for await (const line of readLines(path.join(dir, "speech.jsonl"), speechLineSchema)) lines.push(line);
  return lines;
}

/** For how long each emotion was the strongest, of faces and of faces with their voices. */
export async function segmentsOf(dir: string, { media, config }: Analysis): Promise<Segments> {
  const frameMs = media.video?.frameIntervalMs;
  const stepMs = Math.max(Number(config["fusedStepMs"] ?? 0), frameMs ?? 0);
  return {
    emotions: await emotionSegments(readLines(path.join(dir, "frames.jsonl"), frameLineSchema), frameMs),
    fused: await fusedSegments(
      readLines(path.join(dir, "fused.jsonl"), fusedLineSchema),
      stepMs || undefined,
    ),
  };
}

/** The segments of faces, then those of faces with their voices and of the voice alone. */
function statesOf({ tracks }: Analysis, { emotions, fused }: Segments): EmotionState[] {
  const of = (from: EmotionState["from"], track: number | undefined, segments: readonly Stretch[]) =>
    segments.map(({ label, startMs, endMs }) => ({
      ...{ from, track, emotion: label, startMs, endMs },
      person: track === undefined ? "voice" : personTitle(tracks, track),
    }));
  return [
    ...[...emotions].flatMap(([track, segments]) => of("face", track, segments)),
    ...[...fused].flatMap(([track, segments]) => of("fused", track, segments)),
  ];
}

/** Turns of all voices, in order of time. */
function turnsOf({ voices = [] }: Analysis): SpokenTurn[] {
  return voices
    .flatMap((voice) => voice.turns.map(([startMs, endMs]) => ({ voice, startMs, endMs })))
    .sort((a, b) => a.startMs - b.startMs);
}

async function* textOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const piece of pieces) yield decoder.decode(piece, { stream: true });
}

/** The lines of a result file, one at a time. @throws AppError `result_damaged` */
export async function* readLines<S extends z.ZodType>(
  file: string,
  schema: S,
): AsyncGenerator<z.output<S>, void, undefined> {
  for await (const line of linesOf(readPieces(file))) yield parseResult(line, schema, file);
}
