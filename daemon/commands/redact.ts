import path from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import type { DeviceChoice } from "../../shared/protocol/results.ts";
import { deviceChoiceSchema } from "../../shared/protocol/results.ts";
import { AppError } from "../../shared/errors.ts";
import { childEnvironment, loadConfig } from "../config.ts";
import type { RedactionReport } from "../redaction/redact.ts";
import { printJson } from "./output.ts";
import { withAvatar } from "./pipelineOptions.ts";

interface Options {
  face: "blur" | "pixelate" | "avatar" | "remove";
  avatar: string;
  voice: "keep" | "pitch" | "remove";
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
      new Option("--face <how>", "what becomes of faces")
        .choices(["blur", "pixelate", "avatar", "remove"])
        .default("blur"),
    )
    .option(
      "--avatar <name>",
      "which head stands for the first face: of the cast, of your own, or a .glb or .vrm file",
      "ada",
    )
    .addOption(
      new Option("--voice <how>", "what becomes of voices")
        .choices(["keep", "pitch", "remove"])
        .default("keep"),
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
  else process.stdout.write(summary(report));
}

function summary({
  out,
  frames,
  coveredFrames,
  bridgedFrames,
  tracks,
  voice,
  check,
  kept,
}: RedactionReport): string {
  const seconds = (ms: number): string => (ms / 1000).toFixed(1);
  return [
    `${coveredFrames} of ${frames} frames covered (${bridgedFrames} of them where only a neighbour showed the face).`,
    ...tracks.map(
      ({ track, firstMs, lastMs, kept }) =>
        `Face ${track}, ${seconds(firstMs)} to ${seconds(lastMs)} s: ${kept ? "kept" : "covered"}.`,
    ),
    ...(kept?.sameEmotion === undefined
      ? []
      : [
          `The avatars show the emotion that the expression network saw on the faces in ${Math.round(100 * kept.sameEmotion)} % of ${kept.n} faces of frames.`,
        ]),
    voice === "pitch" ? "Voices are lower; who has the copy can turn that back." : `Voice: ${voice}.`,
    "Metadata, chapters and other streams are left behind. Tattoos, clothes, names and places are not looked for.",
    check.recognisable > 0
      ? `CHECK: ${check.recognisable} findings look like a face of the clip. Look at ${seconds(check.mostLike!.timeMs)} s before you share it.`
      : `Check: nothing in ${check.frames} frames looks like a face of the clip${check.mostLike ? ` (greatest likeness ${check.mostLike.likeness} of 0.7)` : ""}.`,
    `Copy: ${out}`,
    "",
  ].join("\n");
}
