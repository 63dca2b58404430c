import path from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import type * as z from "zod";
import type { DeviceChoice } from "../../shared/protocol/results.ts";
import { faceCoverSchema, voiceCoverSchema } from "../../shared/protocol/redaction.ts";
import { deviceChoiceSchema } from "../../shared/protocol/results.ts";
import { AppError } from "../../shared/errors.ts";
import { childEnvironment, loadConfig } from "../config.ts";
import { redactionSentences } from "../../shared/redactionText.ts";
import { printJson } from "./output.ts";
import { withAvatar } from "./pipelineOptions.ts";

interface Options {
  face: z.infer<typeof faceCoverSchema>;
  avatar: string;
  voice: z.infer<typeof voiceCoverSchema>;
  keep: number[];
  out: string;
  device?: DeviceChoice;
  json?: true;
}

/** `edin redact CLIP`. */
export function redactCommand(): Command {
  return new Command("redact")
    .description("Write a copy of a clip in which faces cannot be recognised, and check it.")
    .argument("<clip>", "a video file")
    .addOption(
      new Option("--face <how>", "what becomes of faces").choices(faceCoverSchema.options).default("blur"),
    )
    .option(
      "--avatar <name>",
      "which head stands for the first face: of the cast, of your own, or a .glb or .vrm file",
      "ada",
    )
    .addOption(
      new Option("--voice <how>", "what becomes of voices").choices(voiceCoverSchema.options).default("keep"),
    )
    .option(
      "--keep <track>",
      "a face that stays as it is, by its number in `edin analyze`; may be repeated",
      addTrack,
      [],
    )
    .requiredOption("--out <file>", "the copy, an .mp4")
    .addOption(new Option("--device <device>", "where networks run").choices(deviceChoiceSchema.options))
    .option("--json", "print the report as JSON")
    .action((clip: string, options: Options) => redactClip(clip, options));
}

function addTrack(text: string, before: number[]): number[] {
  const track = Number(text);
  if (!Number.isInteger(track) || track < 1) throw new InvalidArgumentError("Give a number from 1 on.");
  return [...before, track];
}

async function redactClip(clip: string, options: Options): Promise<void> {
  const out = path.resolve(options.out);
  if (path.extname(out).toLowerCase() !== ".mp4")
    throw new AppError("invalid_request", "The copy is an MP4: end --out with .mp4.");
  if (out === path.resolve(clip))
    throw new AppError("invalid_request", "The copy would replace the clip itself. Choose another --out.");
  const [{ redact }, { openModels }, { findFfmpeg }, { ProgressLine }] = await Promise.all([
    import("../redaction/redact.ts"),
    import("../inference/models.ts"),
    import("../media/ffmpeg.ts"),
    import("./progress.ts"),
  ]);
  const config = loadConfig(options.device === undefined ? {} : { device: options.device });
  const ffmpeg = await findFfmpeg(config, childEnvironment());
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort()).once("SIGTERM", () => stop.abort());
  const progress = new ProgressLine();
  await using models = await openModels(config);
  const { avatar } = await withAvatar({ avatar: { name: options.avatar } }, models);
  const report = await redact(
    {
      mediaPath: path.resolve(clip),
      out,
      face: options.face,
      avatar: avatar.name,
      voice: options.voice,
      keep: options.keep,
    },
    { models, ffmpeg, signal: stop.signal, onProgress: (at) => progress.show(at) },
  ).finally(() => progress.end());
  if (options.json) printJson(report);
  else process.stdout.write(`${[...redactionSentences(report), `Copy: ${report.out}`].join("\n")}\n`);
}
