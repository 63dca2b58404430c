import { Command, Option } from "commander";
import { AppError } from "../../shared/errors.ts";
import { deviceChoiceSchema, type DeviceChoice } from "../../shared/protocol/results.ts";
import { childEnvironment, loadConfig } from "../config.ts";
import { printJson } from "./output.ts";
import { createCounter } from "./progress.ts";

interface Options {
  bias?: true;
  reset?: true;
  faces: "crop" | "detect";
  device?: DeviceChoice;
  targets?: string;
  out?: string;
}

/** `edin calibrate TASK DATASET`, `edin calibrate gaze CLIP`. */
export function calibrateCommand(): Command {
  return new Command("calibrate")
    .description(
      "Fit how sure a network is to labelled files of your own, or the gaze to one person; every later result names it.",
    )
    .argument("<model>", "id of a network, or expression, eye-state or speech for its default; or gaze")
    .argument("[dataset]", "folder of the set; the README gives the formats. Of gaze: a clip")
    .option(
      "--targets <file>",
      "gaze: table of what was looked at when: start_ms,end_ms,yaw_deg,pitch_deg[,use]",
    )
    .option("--out <file>", "gaze: where the calibration goes (default: <clip>.gaze.json)")
    .option("--bias", "also fit a bias for each label, where a set of its kind has other shares of them")
    .option("--reset", "take the calibration away again")
    .addOption(
      new Option("--faces <how>", "take each picture as the face (or eye), or find the face first")
        .choices(["crop", "detect"])
        .default("crop"),
    )
    .addOption(new Option("--device <device>", "where to run").choices(deviceChoiceSchema.options))
    .action(run);
}

async function run(
  model: string,
  dataset: string | undefined,
  { bias, reset, faces, device, targets, out }: Options,
): Promise<void> {
  if (model === "gaze") {
    const { calibrateGaze } = await import("./calibrateGaze.ts");
    await calibrateGaze(dataset, targets, out);
    return;
  }
  const { openModels } = await import("../inference/models.ts");
  const { calibrate, resetCalibration } = await import("../evaluation/calibrate.ts");
  const { findFfmpeg } = await import("../media/ffmpeg.ts");
  const config = loadConfig({ device });
  if (reset) {
    const id = await resetCalibration(config, model);
    process.stdout.write(`${id} is as sure again as it was trained to be.\n`);
    return;
  }
  if (dataset === undefined)
    throw new AppError("invalid_request", "Name the folder with labelled files, or give --reset.");
  const ffmpeg = await findFfmpeg(config, childEnvironment());
  await using models = await openModels({ ...config, uncalibrated: true });
  const progress = createCounter();
  const { notes, ...told } = await calibrate(config, model, dataset, {
    ...{ models, ffmpeg, faces, withBias: bias === true, onProgress: progress.show },
  });
  progress.end();
  for (const note of notes) process.stderr.write(`${note}\n`);
  printJson(told);
}
