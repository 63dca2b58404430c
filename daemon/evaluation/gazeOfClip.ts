import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { AppError } from "../../shared/errors.ts";
import type { Angles } from "../../shared/gaze/angles.ts";
import { calibrateGaze, readingOf, restingFrom } from "../../shared/gaze/calibrate.ts";
import type { GazeReading } from "../../shared/gaze/fit.ts";
import type { GazeCalibration } from "../../shared/protocol/gazeCalibration.ts";
import { readRecords } from "../../shared/table/readTable.ts";
import { runAnalysis, type AnalysisContext } from "../analysis/run.ts";
import { readTextFile } from "../text/readTextFile.ts";
import { numberOf } from "./dataset.ts";

/** A place that somebody looked at in a clip. */
interface Shown {
  readonly startMs: number;
  readonly endMs: number;
  readonly target: Angles;
  /** Not fitted on. */
  readonly check: boolean;
  readonly readings: GazeReading[];
}

const columns = ["start_ms", "end_ms", "yaw_deg", "pitch_deg"] as const;

/**
 * A gaze calibration from a clip of somebody who looks at known places.
 * @param targets a table with `start_ms,end_ms,yaw_deg,pitch_deg[,use]`: where the place lies for the camera (up and the
 * person's left are positive); `use` is `fit`, or `check` for places that are only measured
 * @throws AppError `invalid_csv`, `not_found` where there is no gaze network; of `runAnalysis`, `fitGaze`
 */
export async function calibrateGazeOfClip(
  clip: string,
  targets: string,
  context: AnalysisContext,
): Promise<GazeCalibration> {
  const shown = await readTargets(targets);
  const network = context.models.manifest.models.find(({ task, default: usual }) => task === "gaze" && usual);
  if (network === undefined)
    throw new AppError("not_found", "There is no network for gaze. See: edin models list");
  const outDir = await mkdtemp(path.join(tmpdir(), "edin-gaze-"));
  try {
    await runAnalysis(
      { id: randomUUID(), mediaPath: clip, outDir, pipeline: "multimodal", config: {} },
      {
        ...context,
        onFrame({ timeMs, faces }) {
          const reading = readingOf(faces);
          if (reading === undefined) return;
          for (const { startMs, endMs, readings } of shown)
            if (timeMs >= restingFrom(startMs, endMs) && timeMs < endMs) readings.push(reading);
        },
      },
    );
  } finally {
    await rm(outDir, { recursive: true, force: true });
  }
  const of = (check: boolean) => shown.filter((one) => one.check === check);
  return calibrateGaze(of(false), of(true), { id: network.id, sha256: network.sha256 }).calibration;
}

async function readTargets(file: string): Promise<Shown[]> {
  const { text } = await readTextFile(file);
  return readRecords(text, columns).map((row: Readonly<Partial<Record<string, string>>>) => {
    const [startMs, endMs, yawDeg, pitchDeg] = columns.map((column) => numberOf(row[column]!, column));
    const use = row["use"] ?? "";
    if (endMs! <= startMs!)
      throw new AppError(
        "invalid_csv",
        `A place ends at ${endMs} ms, before it begins. Fix ${path.basename(file)}.`,
      );
    if (!["", "fit", "check"].includes(use))
      throw new AppError(
        "invalid_csv",
        `"${use}" in the column use is neither fit nor check. Fix ${path.basename(file)}.`,
      );
    const target = { yawDeg: yawDeg!, pitchDeg: pitchDeg! };
    return { startMs: startMs!, endMs: endMs!, target, check: use === "check", readings: [] };
  });
}
