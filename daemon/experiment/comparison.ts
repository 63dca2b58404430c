import { expressionLabels, type ExpressionLabel } from "../../shared/emotion/labels.ts";
import { frameLineSchema, type Analysis, type Face, type FrameLine } from "../../shared/protocol/results.ts";
import { csvCell } from "../../shared/csv.ts";
import { readLines } from "../results/exports/write.ts";
import { dominant } from "../results/tracks.ts";

/** How far two analyses of one clip say the same. */
export interface Likeness {
  /** Frames in which both see a face with an emotion. */
  readonly frames: number;
  /** Share of these whose most probable emotion is the same. */
  readonly sameEmotion: number;
  /** Mean distance of the two distributions over these frames: half the sum of the differences, 0 (same) to 1. */
  readonly distance: number;
}

/** One analysis of an experiment. */
export interface ComparedAnalysis {
  readonly run: string;
  readonly clip: string;
  /** From 1. */
  readonly repeat: number;
  readonly analysis?: Analysis;
  /** Why there is none. */
  readonly failure?: string;
  /** To the same clip in the first run. */
  readonly likeness?: Likeness;
  /** Of a repeat: whether its lines are those of the first, byte for byte. */
  readonly repeats?: boolean;
}

type Cell = string | number | undefined;
type Columns<Row> = readonly (readonly [name: string, value: (row: Row) => Cell])[];

const places: Columns<ComparedAnalysis> = [
  ["run", ({ run }) => run],
  ["clip", ({ clip }) => clip],
  ["repeat", ({ repeat }) => repeat],
  ["failure", ({ failure }) => failure],
];

const figures: Columns<ComparedAnalysis> = [
  ["pipeline", ({ analysis }) => analysis?.pipeline],
  ["device", ({ analysis }) => analysis?.device.provider],
  ["networks", ({ analysis }) => analysis?.models.map(({ id }) => id).join(" ")],
  ["frames", ({ analysis }) => analysis?.summary.frames],
  ["framesWithFace", ({ analysis }) => analysis?.summary.framesWithFace],
  ["framesLowQuality", ({ analysis }) => analysis?.summary.framesLowQuality],
  ["faces", ({ analysis }) => analysis?.tracks.length],
  ["dominant", ({ analysis }) => longest(analysis)?.dominant],
  ...expressionLabels.map((label): Columns<ComparedAnalysis>[number] => [
    `mean.${label}`,
    ({ analysis }) => rounded(longest(analysis)?.meanEmotion?.[label], 4),
  ]),
  ["blinksPerMinute", ({ analysis }) => rounded(longest(analysis)?.blinksPerMinute, 2)],
  ["microExpressions", ({ analysis }) => count(analysis, "micro_expression")],
  ["speechSegments", ({ analysis }) => analysis?.summary.speechSegments],
  ["framesPerSecond", ({ analysis }) => rounded(analysis?.run.framesPerSecond, 1)],
  ["framesCompared", ({ likeness }) => likeness?.frames],
  ["sameEmotion", ({ likeness }) => rounded(likeness?.sameEmotion, 4)],
  ["distance", ({ likeness }) => rounded(likeness?.distance, 4)],
  ["sameAsFirstRepeat", ({ repeats }) => (repeats === undefined ? undefined : repeats ? "yes" : "no")],
  ["resultSha256", ({ analysis }) => analysis?.resultSha256],
];

const columns = [...places, ...figures];

/** Names of the figures of an analysis: every column but those that say which one it is. */
export const figureNames: readonly string[] = figures.map(([name]) => name);

/** The figures of an analysis by their names; what could not be measured is left out. */
export function figuresOf(row: ComparedAnalysis): Record<string, string | number> {
  return Object.fromEntries(
    figures.flatMap(([name, value]) => {
      const cell = value(row);
      return cell === undefined || cell === "" ? [] : [[name, cell]];
    }),
  );
}

/** A line for each analysis, as CSV. A face's columns are those of the face that is there longest. */
export function comparisonCsv(rows: readonly ComparedAnalysis[]): string {
  const lines = rows.map((row) => columns.map(([, value]) => csvCell(value(row))).join(","));
  return `${[columns.map(([name]) => name).join(","), ...lines].join("\n")}\n`;
}

/** A row of text for each run, over all its clips. */
export function comparisonTable(rows: readonly ComparedAnalysis[]): { header: string[]; rows: string[][] } {
  const runs = [...new Set(rows.map(({ run }) => run))];
  return {
    header: ["RUN", "ANALYSES", "FAILED", "WITH A FACE", "SAME EMOTION", "DISTANCE", "REPEATS", "FPS"],
    rows: runs.map((run) => {
      const all = rows.filter((row) => row.run === run);
      const done = all.flatMap(({ analysis }) => analysis ?? []);
      const frames = sum(done.map(({ summary }) => summary.frames));
      const likenesses = all.flatMap(({ likeness }) => likeness ?? []);
      const compared = sum(likenesses.map((likeness) => likeness.frames));
      const weighted = (of: (likeness: Likeness) => number): number =>
        sum(likenesses.map((likeness) => of(likeness) * likeness.frames)) / compared;
      const repeats = all.flatMap(({ repeats: same }) => same ?? []);
      return [
        run,
        String(all.length),
        String(all.length - done.length),
        frames === 0 ? "" : percent(sum(done.map(({ summary }) => summary.framesWithFace)) / frames),
        compared === 0 ? "" : percent(weighted(({ sameEmotion }) => sameEmotion)),
        compared === 0 ? "" : weighted(({ distance }) => distance).toFixed(3),
        repeats.length === 0 ? "" : `${repeats.filter(Boolean).length} of ${repeats.length}`,
        done.length === 0
          ? ""
          : median(done.map(({ run: { framesPerSecond } }) => framesPerSecond)).toFixed(1),
      ];
    }),
  };
}

/** Compares the largest face of each frame of two results of one clip. */
export async function likenessOf(first: string, second: string): Promise<Likeness | undefined> {
  const others = readLines(second, frameLineSchema);
  let [frames, same, distance] = [0, 0, 0];
  try {
    for await (const line of readLines(first, frameLineSchema)) {
      const next = await others.next();
      if (next.done === true) break;
      const [a, b] = [largestEmotion(line), largestEmotion(next.value)];
      if (a === undefined || b === undefined) continue;
      frames++;
      if (dominant(a) === dominant(b)) same++;
      distance += sum(expressionLabels.map((label) => Math.abs(a[label] - b[label]))) / 2;
    }
  } finally {
    await others.return();
  }
  return frames === 0 ? undefined : { frames, sameEmotion: same / frames, distance: distance / frames };
}

function largestEmotion({ faces }: FrameLine): Record<ExpressionLabel, number> | undefined {
  const area = ({ box }: Face): number => box[2] * box[3];
  const largest = faces.toSorted((a, b) => area(b) - area(a))[0];
  return largest?.emotion ?? largest?.expression;
}

function longest(analysis: Analysis | undefined): Analysis["tracks"][number] | undefined {
  return analysis?.tracks.toSorted((a, b) => b.frames - a.frames)[0];
}

function count(
  analysis: Analysis | undefined,
  wanted: Analysis["events"][number]["kind"],
): number | undefined {
  return analysis?.events.filter(({ kind }) => kind === wanted).length;
}

function rounded(value: number | undefined, digits: number): number | undefined {
  return value === undefined ? undefined : Number(value.toFixed(digits));
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
