import { csvCell } from "../../../shared/csv.ts";
import { toldShapes } from "../../../shared/avatar/blendShapes.ts";
import { actionUnits } from "../../../shared/emotion/actionUnits.ts";
import type { Pipeline } from "../../../shared/protocol/pipelines.ts";
import { voiceTitle } from "../../../shared/people/title.ts";
import { expressionLabels, fusedLabels, speechLabels } from "../../../shared/emotion/labels.ts";
import type {
  AnalysisEvent,
  Face,
  FrameLine,
  FusedLine,
  HeardVoice,
  SpeechLine,
  Track,
} from "../../../shared/protocol/results.ts";

type Cell = string | number | boolean | undefined;
/** A table as named columns: what each holds of a row. */
type Columns<Row> = readonly (readonly [name: string, value: (row: Row) => Cell])[];

interface FaceRow {
  readonly line: FrameLine;
  readonly face: Face | undefined;
}

const basicColumns: Columns<FaceRow> = [
  ["index", ({ line }) => line.index],
  ["timeMs", ({ line }) => line.timeMs],
  ["state", ({ line, face }) => face?.state ?? line.state],
  ["track", ({ face }) => face?.track],
  ...(["x", "y", "width", "height"] as const).map((name, i): Columns<FaceRow>[number] => [
    name,
    ({ face }) => face?.box[i],
  ]),
  ["score", ({ face }) => face?.score],
  ["headYawDeg", ({ face }) => face?.headPose.yawDeg],
  ["headPitchDeg", ({ face }) => face?.headPose.pitchDeg],
  ["headRollDeg", ({ face }) => face?.headPose.rollDeg],
  ["rightEyeOpen", ({ face }) => face?.eyes?.right.open],
  ["leftEyeOpen", ({ face }) => face?.eyes?.left.open],
  ["rightEyeAspectRatio", ({ face }) => face?.eyes?.right.ear],
  ["leftEyeAspectRatio", ({ face }) => face?.eyes?.left.ear],
  ["gazeYawDeg", ({ face }) => face?.gaze?.yawDeg],
  ["gazePitchDeg", ({ face }) => face?.gaze?.pitchDeg],
  ["gazeAway", ({ face }) => face?.gaze?.away],
  ...expressionLabels.map((label): Columns<FaceRow>[number] => [
    `expression.${label}`,
    ({ face }) => face?.expression?.[label],
  ]),
  ...expressionLabels.map((label): Columns<FaceRow>[number] => [
    `emotion.${label}`,
    ({ face }) => face?.emotion?.[label],
  ]),
  ...Array.from({ length: 136 }, (_, i): Columns<FaceRow>[number] => [
    `${i % 2 === 0 ? "x" : "y"}${Math.floor(i / 2)}`,
    ({ face }) => face?.landmarks[i],
  ]),
  ["file", ({ line }) => line.file],
];

/** What a pipeline measures of a face beside all that the others do. */
const columnsOf: Partial<Record<Pipeline, Columns<FaceRow>>> = {
  avatar: [
    ["avatar.name", ({ face }) => face?.avatar?.name],
    ...expressionLabels.map((label): Columns<FaceRow>[number] => [
      `avatar.emotion.${label}`,
      ({ face }) => face?.avatar?.emotion[label],
    ]),
    ...actionUnits.map((unit): Columns<FaceRow>[number] => [unit, ({ face }) => face?.actionUnits?.[unit]]),
    ...toldShapes.map((shape): Columns<FaceRow>[number] => [
      `blendShapes.${shape}`,
      ({ face }) => face?.blendShapes?.[shape],
    ]),
  ],
  evm: [
    ["magnification.alpha", ({ face }) => face?.magnification?.alpha],
    ["magnification.clamped", ({ face }) => face?.magnification?.clamped],
    ["magnification.displacementPx", ({ face }) => face?.magnification?.displacementPx],
    ["compound.emotion", ({ face }) => face?.compound?.emotion],
    ["compound.score", ({ face }) => face?.compound?.score],
  ],
};

const speechColumns: Columns<SpeechLine> = [
  ["startMs", ({ startMs }) => startMs],
  ["endMs", ({ endMs }) => endMs],
  ["state", ({ state }) => state],
  ["levelDb", ({ levelDb }) => levelDb],
  ["track", ({ track }) => track],
  ["voice", ({ voice }) => voice],
  ...speechLabels.map((label): Columns<SpeechLine>[number] => [label, (row) => row.probabilities?.[label]]),
];

const fusedColumns: Columns<FusedLine> = [
  ["timeMs", ({ timeMs }) => timeMs],
  ["track", ({ track }) => track],
  ["state", ({ state }) => state],
  ["carriedByFace", ({ carried }) => carried?.face],
  ["carriedBySpeech", ({ carried }) => carried?.speech],
  ...fusedLabels.map((label): Columns<FusedLine>[number] => [label, (row) => row.probabilities?.[label]]),
];

interface BlinkRateRow {
  readonly track: number;
  readonly untilMs: number;
  readonly blinksPerMinute: number | undefined;
}

const blinkRateColumns: Columns<BlinkRateRow> = [
  ["track", ({ track }) => track],
  ["untilMs", ({ untilMs }) => untilMs],
  ["blinksPerMinute", ({ blinksPerMinute }) => blinksPerMinute],
];

const eventColumns: Columns<AnalysisEvent> = [
  ["kind", ({ kind }) => kind],
  ["track", ({ track }) => track],
  ["startMs", ({ startMs }) => startMs],
  ["apexMs", ({ apexMs }) => apexMs],
  ["endMs", ({ endMs }) => endMs],
  ["value", ({ value }) => value],
  ["label", ({ label }) => label],
  ["emotion", ({ emotion }) => emotion?.label],
  ["confidence", ({ emotion }) => emotion?.confidence],
];

/**
 * A row a face; a frame without a face has one row with its state. Pixels and degrees; action units 0 to 5, blend shapes 0
 * to 1.
 */
export async function* framesCsv(
  clip: string,
  pipeline: Pipeline,
  lines: AsyncIterable<FrameLine>,
): AsyncGenerator<string> {
  const columns = [...basicColumns, ...(columnsOf[pipeline] ?? [])];
  yield header(columns);
  for await (const line of lines) {
    const faces: readonly (Face | undefined)[] = line.faces.length > 0 ? line.faces : [undefined];
    for (const face of faces) yield row(columns, clip, { line, face });
  }
}

/** One emotion of a person, or of the voice, for as long as it is the strongest. */
export interface EmotionState {
  readonly from: "face" | "fused";
  /** Absent: the voice. */
  readonly track?: number | undefined;
  readonly person: string;
  readonly emotion: string;
  readonly startMs: number;
  readonly endMs: number;
}

const stateColumns: Columns<EmotionState> = [
  ["person", ({ person }) => person],
  ["track", ({ track }) => track],
  ["source", ({ from }) => from],
  ["emotion", ({ emotion }) => emotion],
  ["startMs", ({ startMs }) => startMs],
  ["endMs", ({ endMs }) => endMs],
];

/** A stretch in which one voice speaks. */
export interface SpokenTurn {
  readonly voice: HeardVoice;
  readonly startMs: number;
  readonly endMs: number;
}

const turnColumns: Columns<SpokenTurn> = [
  ["voice", ({ voice }) => voice.id],
  ["person", ({ voice }) => voiceTitle(voice)],
  ["participant", ({ voice }) => voice.participant],
  ["track", ({ voice }) => voice.track],
  ["startMs", ({ startMs }) => startMs],
  ["endMs", ({ endMs }) => endMs],
];

export const turnsCsv = table(turnColumns);
export const statesCsv = table(stateColumns);
export const speechCsv = table(speechColumns);
export const fusedCsv = table(fusedColumns);
export const eventsCsv = table(eventColumns);

/** Blinks a minute over the minute until each time; empty where the eyes were not seen for long enough. */
export function blinkRatesCsv(clip: string, tracks: readonly Track[]): AsyncGenerator<string> {
  const rows = tracks.flatMap(({ id, blinkRate }) =>
    (blinkRate?.perMinute ?? []).map((rate, i) => ({
      track: id,
      untilMs: blinkRate!.startMs + i * blinkRate!.stepMs,
      blinksPerMinute: rate ?? undefined,
    })),
  );
  return table(blinkRateColumns)(clip, rows);
}

function table<Row>(columns: Columns<Row>) {
  return async function* (clip: string, rows: AsyncIterable<Row> | Iterable<Row>): AsyncGenerator<string> {
    yield header(columns);
    for await (const one of rows) yield row(columns, clip, one);
  };
}

function header<Row>(columns: Columns<Row>): string {
  return `${["clip", ...columns.map(([name]) => name)].map(csvCell).join(",")}\n`;
}

/** Every row names its clip first, so that tables of several clips can be put together. */
function row<Row>(columns: Columns<Row>, clip: string, from: Row): string {
  return `${[clip, ...columns.map(([, value]) => value(from))].map(csvCell).join(",")}\n`;
}
