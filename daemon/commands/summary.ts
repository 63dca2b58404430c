import path from "node:path";
import { expressionLabels } from "../../shared/emotion/labels.ts";
import { frameLineSchema, type Analysis, type FrameLine } from "../../shared/protocol/results.ts";
import { readLines } from "../results/exports/write.ts";
import { dominant } from "../results/tracks.ts";
import { formatTable } from "./output.ts";
import { counted } from "../../shared/text/counted.ts";

/** Characters of the chart's time axis. */
const columns = 60;

/** What an analysis found, as text: the faces, their emotions over time, speed by stage, the device. */
export async function formatSummary(analysis: Analysis, outDir: string): Promise<string> {
  const { media, summary, run, device, tracks, models } = analysis;
  const { video } = media;
  const picture = video ? `${video.width}x${video.height}, ${oneDecimal(video.frameRate)} fps, ` : "";
  const chart = await emotionChart(analysis, readLines(path.join(outDir, "frames.jsonl"), frameLineSchema));
  const fallThrough = device.fallThrough.map(({ provider, reason }) => `  ${provider}: ${reason}`);
  return [
    `${media.name}: ${picture}${clock(media.durationMs)}`,
    ...(video === undefined
      ? []
      : [
          `${counted(summary.frames, "frame")}, ${summary.framesWithFace} with a face, ${summary.framesLowQuality} of low quality`,
          "",
          ...(tracks.length > 0 ? [facesTable(analysis), ""] : ["No face was found.", ""]),
        ]),
    ...chart,
    ...voiceLines(analysis),
    video === undefined
      ? `Ran on ${device.provider}`
      : `Speed: ${oneDecimal(run.framesPerSecond)} frames a second on ${device.provider}`,
    ...fallThrough,
    formatTable(
      ["STAGE", "RUNS", "P50 MS", "P95 MS"],
      run.stages.map(({ name, runs, p50Ms, p95Ms }) => [name, String(runs), String(p50Ms), String(p95Ms)]),
    ),
    "",
    `Networks: ${models.map(({ id }) => id).join(", ")}`,
    ...summary.notes.map((note) => `Note: ${note}`),
    "For research and annotation: a score is never a readout of what a person feels.",
  ].join("\n");
}

function facesTable({ tracks, events }: Analysis): string {
  const away = (id: number): number =>
    events.filter(({ kind, track }) => kind === "gaze_away" && track === id).length;
  return formatTable(
    ["FACE", "FROM", "TO", "FRAMES", "EMOTION", "BLINKS", "A MINUTE", "GLANCES AWAY"],
    tracks.map(({ id, firstMs, lastMs, frames, dominant: label, meanEmotion, blinks, blinksPerMinute }) => [
      String(id),
      clock(firstMs),
      clock(lastMs),
      String(frames),
      label && meanEmotion ? `${label} ${Math.round(100 * meanEmotion[label])} %` : "",
      blinks === undefined ? "" : String(blinks),
      blinksPerMinute === undefined ? "" : String(blinksPerMinute),
      blinks === undefined ? "" : String(away(id)),
    ]),
  );
}

function voiceLines({ voice, summary, tracks }: Analysis): string[] {
  const fused = tracks.flatMap(({ id, dominantFused: label, meanFused }) =>
    label && meanFused ? [`face ${id} ${label} ${Math.round(100 * meanFused[label])} %`] : [],
  );
  const lines: string[] = [];
  if (voice !== undefined) {
    const { voicedMs, trustedSegments, dominant: label, meanEmotion } = voice;
    const emotion = label && meanEmotion ? `, ${label} ${Math.round(100 * meanEmotion[label])} %` : "";
    lines.push(
      voicedMs === 0
        ? "Voice: none was heard"
        : `Voice: ${oneDecimal(voicedMs / 1000)} s, ${counted(summary.speechSegments, "segment")}, ${trustedSegments} to be trusted${emotion}`,
    );
  }
  if (fused.length > 0) lines.push(`Face and voice together: ${fused.join(", ")}`);
  return lines.length > 0 ? [...lines, ""] : [];
}

/**
 * For each face one row of letters over time: the strongest emotion of the moment, `.` where there is a face without
 * one, a blank where there is none.
 */
async function emotionChart(
  { media: { durationMs }, tracks }: Analysis,
  lines: AsyncIterable<FrameLine>,
): Promise<string[]> {
  const rows = new Map(tracks.map(({ id }) => [id, newRow()]));
  for await (const { timeMs, faces } of lines) {
    const column = Math.min(columns - 1, Math.max(0, Math.floor((timeMs / durationMs) * columns) || 0));
    for (const { track, emotion } of faces) {
      const cell = rows.get(track)?.[column];
      if (cell === undefined) continue;
      cell.seen = true;
      if (emotion) for (const label of expressionLabels) cell.sums[label] += emotion[label];
    }
  }
  const text = [...rows].map(([id, cells]) => {
    const marks = cells.map(({ seen, sums }) => {
      const label = dominant(sums);
      return sums[label] > 0 ? marksOf[label] : seen ? "." : " ";
    });
    return `face ${String(id).padStart(2)} |${marks.join("")}|`;
  });
  if (text.length === 0) return [];
  const legend = expressionLabels.map((label) => `${marksOf[label]} ${label}`).join("  ");
  const axis = `        0:00${clock(durationMs).padStart(columns - 2)}`;
  return ["Emotion over time", ...text, axis, `        ${legend}`, ""];
}

/** One letter a label. */
const marksOf = {
  neutral: "n",
  happy: "H",
  sad: "S",
  angry: "A",
  surprise: "U",
  fear: "F",
  disgust: "D",
  contempt: "C",
} as const;

function newRow() {
  const zeros = { neutral: 0, happy: 0, sad: 0, angry: 0, surprise: 0, fear: 0, disgust: 0, contempt: 0 };
  return Array.from({ length: columns }, () => ({ seen: false, sums: { ...zeros } }));
}

/** Minutes and seconds. */
export function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

function oneDecimal(value: number): string {
  return String(Math.round(value * 10) / 10);
}
