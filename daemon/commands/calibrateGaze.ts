import path from "node:path";
import { AppError } from "../../shared/errors.ts";
import type { GazeCalibration } from "../../shared/protocol/gazeCalibration.ts";
import { counted } from "../../shared/text/counted.ts";
import { childEnvironment, loadConfig } from "../config.ts";
import { ProgressLine } from "./progress.ts";

/** `edin calibrate gaze CLIP --targets FILE`. */
export async function calibrateGaze(
  clip: string | undefined,
  targets: string | undefined,
  out: string | undefined,
): Promise<void> {
  if (clip === undefined || targets === undefined)
    throw new AppError(
      "invalid_request",
      "Give a clip and its table of places: edin calibrate gaze CLIP --targets FILE.csv. Or calibrate before your camera, on the page under Live.",
    );
  const [{ openModels }, { calibrateGazeOfClip }, { findFfmpeg }, { writeFileAtomic }] = await Promise.all([
    import("../inference/models.ts"),
    import("../evaluation/gazeOfClip.ts"),
    import("../media/ffmpeg.ts"),
    import("../store/files.ts"),
  ]);
  const config = loadConfig({});
  const ffmpeg = await findFfmpeg(config, childEnvironment());
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort()).once("SIGTERM", () => stop.abort());
  await using models = await openModels(config);
  const progress = new ProgressLine();
  const context = { models, ffmpeg, signal: stop.signal, onProgress: progress.show.bind(progress) };
  const made = await calibrateGazeOfClip(clip, targets, context).finally(() => progress.end());
  const file = path.resolve(out ?? `${path.parse(clip).name}.gaze.json`);
  await writeFileAtomic(file, `${JSON.stringify(made, undefined, 2)}\n`);
  process.stdout.write(
    `${describe(made)}\nCalibration: ${file}\nUse it: edin analyze CLIP --gaze-calibration ${file}\n`,
  );
}

function describe({ form, error, check }: GazeCalibration): string {
  const change = ({ points, beforeDeg, afterDeg }: GazeCalibration["error"]): string =>
    `${beforeDeg.toFixed(1)} degrees before, ${afterDeg.toFixed(1)} after (${counted(points, "point")})`;
  return [
    `Each point fitted without it (${form}): ${change(error)}`,
    ...(check ? [`Points that were only measured: ${change(check)}`] : []),
  ].join("\n");
}
