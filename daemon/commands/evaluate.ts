import { rename, writeFile } from "node:fs/promises";
import { Command, Option } from "commander";
import {
  avatarEngineSchema,
  avatarSchema,
  type AvatarSettings,
} from "../../shared/protocol/avatarSettings.ts";
import { deviceChoiceSchema, type DeviceChoice } from "../../shared/protocol/results.ts";
import { AppError } from "../../shared/errors.ts";
import { childEnvironment, loadConfig } from "../config.ts";
import { printJson } from "./output.ts";
import { withAvatar } from "./pipelineOptions.ts";
import { createCounter } from "./progress.ts";
import { counted } from "../../shared/text/counted.ts";

interface Options {
  engine?: AvatarSettings["engine"];
  avatar?: string;
  groups?: string;
  against?: string;
  faces: "crop" | "detect";
  out?: string;
  device?: DeviceChoice;
}

/** `edin evaluate MODEL_ID DATASET`. */
export function evaluateCommand(): Command {
  return new Command("evaluate")
    .description("Measure one network on a labelled set and print the figures as JSON.")
    .argument("<model>", "id of a network, a task for its default, or `avatar`")
    .argument("<dataset>", "folder of the set; the README gives the formats")
    .addOption(
      new Option("--faces <how>", "take each picture as the face (or eye), or find the face first")
        .choices(["crop", "detect"])
        .default("crop"),
    )
    .addOption(
      new Option("--engine <name>", "avatar: how the face moves it").choices(avatarEngineSchema.options),
    )
    .option("--avatar <name>", "avatar: one of the cast or of your own, or a file")
    .option("--groups <csv>", "figures by group: columns subject (or path) and an attribute each")
    .option("--against <model>", "hold another network of the task against it, on the same files")
    .option("--out <file>", "write the JSON there instead of on the terminal")
    .addOption(new Option("--device <device>", "where to run").choices(deviceChoiceSchema.options))
    .action(run);
}

async function run(
  modelId: string,
  dataset: string,
  { faces, out, device, engine, avatar, groups, against }: Options,
): Promise<void> {
  const { openModels } = await import("../inference/models.ts");
  const { evaluate } = await import("../evaluation/evaluate.ts");
  const { findFfmpeg } = await import("../media/ffmpeg.ts");
  const config = loadConfig({ device });
  const ffmpeg = await findFfmpeg(config, childEnvironment());
  await using models = await openModels(config);
  const asked = { ...(engine && { engine }), ...(avatar !== undefined && { name: avatar }) };
  const settings = await withAvatar({ avatar: asked }, models);
  const progress = createCounter();
  const result = await evaluate(modelId, dataset, {
    ...{ models, faces, ffmpeg, onProgress: progress.show, groups, against },
    avatar: parseAvatar(settings.avatar),
  });
  progress.end();
  for (const note of result.notes) process.stderr.write(`${note}\n`);
  if (result.unreadable.count > 0)
    process.stderr.write(
      `Could not be read: ${counted(result.unreadable.count, "file")}, which the result lists.\n`,
    );
  if (out === undefined) {
    printJson(result);
    return;
  }
  await writeFile(`${out}.part`, `${JSON.stringify(result, null, 2)}\n`);
  await rename(`${out}.part`, out);
}

function parseAvatar(asked: object): AvatarSettings {
  const parsed = avatarSchema.safeParse(asked);
  if (parsed.success) return parsed.data;
  throw new AppError("invalid_request", `--avatar: ${parsed.error.issues[0]!.message}`);
}
