import * as z from "zod";
import { AppError } from "../../../shared/errors.ts";
import {
  faceSchema,
  frameLineSchema,
  fusedLineSchema,
  speechLineSchema,
  type Analysis,
  type HeardVoice,
} from "../../../shared/protocol/results.ts";
import { ArousalMeter } from "../../../shared/study/arousal.ts";
import { emotionSources, signalsOf, valenceOf, type EmotionSource } from "../../../shared/study/measures.ts";
import {
  medianStep,
  weighSamples,
  type MeasuredClip,
  type WeightedSamples,
} from "../../../shared/study/samples.ts";
import { facesByFrames, ownFace, readStudyAnalysis } from "../../beq/emotionTrace.ts";
import { linesOf } from "../../beq/lines.ts";
import { openResultFile, type StudySource } from "../../beq/studySource.ts";
import { browHeight, mouthOpening } from "../../fusion/mouth.ts";

/** What the measures need of a line; landmarks are most of it and read apart. */
const lineSchema = frameLineSchema.extend({
  faces: z.array(
    faceSchema
      .pick({
        track: true,
        state: true,
        expression: true,
        emotion: true,
        gaze: true,
        eyes: true,
        actionUnits: true,
      })
      .extend({ landmarks: faceSchema.shape.landmarks.optional() }),
  ),
});

export interface ReadClip extends MeasuredClip {
  readonly analysis: Analysis;
}

/** Times and values of a signal as they are read. */
class Track {
  readonly timesMs: number[] = [];
  readonly values: number[] = [];
  add(timeMs: number, value: number): void {
    this.timesMs.push(timeMs);
    this.values.push(value);
  }
}

/**
 * Reads what was measured of the participant's face of a clip (the one that was linked to them, else the chosen one, else
 * `facesByFrames`), and of the voices that belong to it or to nobody.
 * @throws AppError `not_found` without the files of the analysis; `invalid_request` for a line that is not as the schema says
 */
export async function readClip(
  source: StudySource,
  id: string,
  { participant, face }: { readonly participant?: string; readonly face?: number | undefined } = {},
): Promise<ReadClip> {
  const analysis = await readStudyAnalysis(source, id);
  const main = ownFace(analysis, participant) ?? facesByFrames(analysis, face, participant)[0];
  const signals = new Map<string, WeightedSamples>();
  const frameTimes = await readFaces(source, id, main, analysis, signals);
  await readSound(source, id, ownVoices(analysis, participant, main), signals);
  const endMs = Math.max(analysis.media.durationMs, frameTimes.at(-1) ?? 0) + 1;
  const startMs = Math.min(0, frameTimes[0] ?? 0);
  const blinksMs = analysis.events.flatMap((event) =>
    event.kind === "blink" && event.track === main ? [event.startMs] : [],
  );
  return { analysis, startMs, endMs, signals, blinksMs };
}

async function readFaces(
  source: StudySource,
  id: string,
  main: number | undefined,
  analysis: Analysis,
  signals: Map<string, WeightedSamples>,
): Promise<number[]> {
  const read = new Tracks();
  const arousal = new ArousalMeter();
  const frameTimes: number[] = [];
  for await (const { timeMs, faces } of parsed(source, id, "frames.jsonl", lineSchema)) {
    frameTimes.push(timeMs);
    const face = faces.find(({ track }) => track === main);
    const trusted = face?.state === "ok";
    read.add("coverage", timeMs, trusted ? 1 : 0);
    if (face?.eyes !== undefined) read.add("eyes", timeMs, 1);
    if (face === undefined || !trusted) continue;
    const emotion = face.emotion ?? face.expression;
    if (emotion !== undefined) read.addEmotion("face", timeMs, emotion);
    if (face.actionUnits !== undefined)
      read.add("face.arousal", timeMs, arousal.add(timeMs, face.actionUnits));
    if (face.gaze !== undefined) read.add("gaze_away", timeMs, face.gaze.away ? 1 : 0);
    if (face.landmarks === undefined) continue;
    read.add("mouth", timeMs, mouthOpening(face.landmarks));
    read.add("brow", timeMs, browHeight(face.landmarks));
  }
  const stepMs = analysis.media.video?.frameIntervalMs ?? medianStep(frameTimes);
  // Where pictures are too far apart for blinks, none were counted, which is not none.
  const blinksCounted = analysis.tracks.some(
    ({ id: track, blinks }) => track === main && blinks !== undefined,
  );
  for (const [name, { timesMs, values }] of read.all)
    if (name !== "eyes" || blinksCounted) signals.set(name, weighSamples(timesMs, values, stepMs));
  return frameTimes;
}

/** Without sound, or without a face to fuse it with, the files are not there or say so. */
async function readSound(
  source: StudySource,
  id: string,
  { main, own, others }: OwnVoices,
  signals: Map<string, WeightedSamples>,
): Promise<void> {
  const read = new Tracks();
  for await (const line of parsed(source, id, "speech.jsonl", speechLineSchema, true)) {
    const told = line.voice !== undefined && (own.has(line.voice) || others.has(line.voice));
    const nobodys = line.track === undefined && own.size === 0;
    const ours = told ? own.has(line.voice!) : nobodys || line.track === main;
    if (line.state === "ok" && line.probabilities !== undefined && ours)
      read.addEmotion("voice", (line.startMs + line.endMs) / 2, line.probabilities);
  }
  for await (const line of parsed(source, id, "fused.jsonl", fusedLineSchema, true)) {
    const known = line.state === "ok" || line.state === "no_speech" || line.state === "low_quality";
    if (known && line.probabilities !== undefined && line.track === main)
      read.addEmotion("fused", line.timeMs, line.probabilities);
  }
  for (const [name, { timesMs, values }] of read.all)
    signals.set(name, weighSamples(timesMs, values, medianStep(timesMs)));
}

/** The participant's face, and voices that were told apart: theirs, and those of other people. */
interface OwnVoices {
  readonly main: number | undefined;
  readonly own: ReadonlySet<number>;
  readonly others: ReadonlySet<number>;
}

function ownVoices(
  { voices = [] }: Analysis,
  participant: string | undefined,
  main: number | undefined,
): OwnVoices {
  const isOwn = (voice: HeardVoice): boolean =>
    voice.participant === undefined
      ? voice.track !== undefined && voice.track === main
      : voice.participant === participant;
  const isOthers = (voice: HeardVoice): boolean =>
    !isOwn(voice) && (voice.participant !== undefined || voice.track !== undefined);
  const ids = (which: (voice: HeardVoice) => boolean) => new Set(voices.filter(which).map(({ id }) => id));
  return { main, own: ids(isOwn), others: ids(isOthers) };
}

/** The signals of a clip while it is read. */
class Tracks {
  readonly all = new Map<string, Track>();

  add(name: string, timeMs: number, value: number): void {
    let track = this.all.get(name);
    if (track === undefined) this.all.set(name, (track = new Track()));
    track.add(timeMs, value);
  }

  addEmotion(source: EmotionSource, timeMs: number, probabilities: Parameters<typeof valenceOf>[0]): void {
    const known: Readonly<Record<string, number>> = { ...probabilities, valence: valenceOf(probabilities) };
    for (const signal of signalNames[source]) {
      const value = known[signal];
      if (value !== undefined) this.add(`${source}.${signal}`, timeMs, value);
    }
  }
}

const signalNames = Object.fromEntries(emotionSources.map((source) => [source, signalsOf(source)])) as Record<
  EmotionSource,
  readonly string[]
>;

async function* parsed<Line>(
  source: StudySource,
  id: string,
  file: string,
  schema: z.ZodType<Line>,
  optional = false,
): AsyncGenerator<Line> {
  const name = `analyses/${id}/${file}`;
  const stream = await openResultFile(source, id, file);
  if (stream === undefined) {
    if (optional) return;
    throw new AppError(
      "not_found",
      `The study names ${name}, which is not there. Analyse the clip again, or unlink it.`,
    );
  }
  let number = 0;
  for await (const line of linesOf(stream)) {
    number++;
    if (line === "") continue;
    yield parseLine(line, name, number, schema);
  }
}

function parseLine<Line>(line: string, name: string, number: number, schema: z.ZodType<Line>): Line {
  try {
    return schema.parse(JSON.parse(line));
  } catch (cause) {
    throw new AppError(
      "invalid_request",
      `${name}, line ${number}: this is no line of results. Analyse the clip again.`,
      { cause },
    );
  }
}
