import { text } from "node:stream/consumers";
import * as z from "zod";
import type { EmotionTrace } from "../../shared/beq/indices.ts";
import { expressionLabels } from "../../shared/emotion/labels.ts";
import { AppError } from "../../shared/errors.ts";
import { analysisSchema, faceSchema, frameLineSchema, type Analysis } from "../../shared/protocol/results.ts";
import { linesOf } from "./lines.ts";
import { openResultFile, type StudySource } from "./studySource.ts";

export interface ReadAnalysis {
  readonly analysis: Analysis;
  readonly trace: EmotionTrace;
  /** Share of the main track among all faces that were seen; photographs do not count. */
  readonly mainShare: number;
  /** Another face is there nearly as long, at the same time: which is the participant's is not known. */
  readonly ambiguous: boolean;
}

/** A second face with so large a share of the main one's frames, and of them together, may as well be the participant. */
const rival = { frames: 0.5, together: 0.2 };

/** What the indices need of a line; landmarks are most of it and left out. */
const lineSchema = frameLineSchema.extend({
  faces: z.array(faceSchema.pick({ track: true, state: true, expression: true, emotion: true })),
});

/**
 * Reads the main face of an analysis: the one that somebody chose, else the track that is there in most frames, the first
 * of equal ones; photographs, which never move, only where there is nobody else. A frame counts as trusted where that face
 * is `ok` and has an emotion (the smoothed one, else the expression of the frame).
 *
 * @param participant whose clip it is: a face that a correction says is theirs goes before all
 * @param face the participant's track, as the study says
 * @throws AppError `not_found` without the files of the analysis; `invalid_request` for a line that is not as
 *   {@link frameLineSchema} says, with its number, and for a chosen track that is not there
 */
export async function readEmotionTrace(
  source: StudySource,
  id: string,
  { participant, face }: { readonly participant?: string; readonly face?: number | undefined } = {},
): Promise<ReadAnalysis> {
  const analysis = await readStudyAnalysis(source, id);
  const chosen = ownFace(analysis, participant) ?? face;
  const name = `analyses/${id}/frames.jsonl`;
  const stream = await openResultFile(source, id, "frames.jsonl");
  if (stream === undefined) throw missing(name);
  const people = new Set(facesByFrames(analysis, chosen, participant));
  const [main, second] = people;
  const indices: number[] = [];
  const timesMs: number[] = [];
  const probabilities: number[] = [];
  let frames = 0;
  let seen = 0;
  let withMain = 0;
  let withSecond = 0;
  let together = 0;
  for await (const line of linesOf(stream)) {
    if (line === "") continue;
    frames++;
    const { index, timeMs, faces } = parseLine(line, name, frames);
    seen += faces.filter(({ track }) => people.has(track)).length;
    const isSecond = faces.some(({ track }) => track === second);
    if (isSecond) withSecond++;
    const face = faces.find(({ track }) => track === main);
    if (face === undefined) continue;
    withMain++;
    if (isSecond) together++;
    const emotion = face.emotion ?? face.expression;
    if (face.state !== "ok" || emotion === undefined) continue;
    indices.push(index);
    timesMs.push(timeMs);
    for (const label of expressionLabels) probabilities.push(emotion[label]);
  }
  return {
    analysis,
    trace: { frames, indices, timesMs, probabilities },
    mainShare: seen === 0 ? 0 : withMain / seen,
    ambiguous:
      chosen === undefined && withSecond >= rival.frames * withMain && together > rival.together * withMain,
  };
}

/** The face that a correction says is a participant's. */
export const ownFace = ({ tracks }: Analysis, participant: string | undefined): number | undefined =>
  tracks.find((track) => participant !== undefined && track.participant === participant)?.id;

/**
 * The tracks of an analysis, the one that is there in most frames first; photographs, which never move, only where there is
 * nobody else. A face that somebody chose stands before all.
 * @param participant whose clip it is: faces that somebody said are other participants' are left out
 * @throws AppError `invalid_request` where the chosen one is not there
 */
export function facesByFrames({ tracks, media }: Analysis, chosen?: number, participant?: string): number[] {
  const byFrames = tracks
    .filter(
      (track) =>
        track.id === chosen ||
        participant === undefined ||
        track.participant === undefined ||
        track.participant === participant,
    )
    .toSorted((a, b) => b.frames - a.frames || a.id - b.id);
  const alive = byFrames.filter(({ still }) => still !== true);
  const faces = (alive.length > 0 ? alive : byFrames).map(({ id }) => id);
  if (chosen === undefined) return faces;
  if (byFrames.some(({ id }) => id === chosen)) return [chosen, ...faces.filter((id) => id !== chosen)];
  throw new AppError(
    "invalid_request",
    `${media.name} has no face ${chosen}, which the study names as the participant's. Choose another one.`,
  );
}

/** @throws AppError `not_found`, `invalid_request` */
export async function readStudyAnalysis(source: StudySource, id: string): Promise<Analysis> {
  const name = `analyses/${id}/analysis.json`;
  const stream = await openResultFile(source, id, "analysis.json");
  if (stream === undefined) throw missing(name);
  try {
    return analysisSchema.parse(JSON.parse(await text(stream)));
  } catch (cause) {
    throw new AppError("invalid_request", `${name} is no result of an analysis. Analyse the clip again.`, {
      cause,
    });
  }
}

function parseLine(line: string, name: string, number: number): z.infer<typeof lineSchema> {
  try {
    return lineSchema.parse(JSON.parse(line.replace(/"landmarks":\[[^\]]*\],?/, "")));
  } catch (cause) {
    throw new AppError(
      "invalid_request",
      `${name}, line ${number}: this is no line of frames. Analyse the clip again.`,
      { cause },
    );
  }
}

const missing = (name: string) =>
  new AppError(
    "not_found",
    `The study names ${name}, which is not there. Analyse the clip again, or unlink it.`,
  );
