import { Option, type Command } from "commander";
import * as z from "zod";
import { commonSettings } from "../../shared/protocol/analysisConfig.ts";
import { aboutPipeline, defaultPipeline, pipelines, type Pipeline } from "../../shared/protocol/pipelines.ts";
import { flagOf } from "../../shared/protocol/settingFlags.ts";
import type { Models } from "../inference/models.ts";

/** A setting of a pipeline that has a flag. */
interface FlaggedSetting {
  /** Where it stands in the settings of an analysis. */
  readonly path: readonly string[];
  readonly option: Option;
}

/** Adds `--pipeline`, and the flags of the settings that all have and of those of these pipelines. */
export function addPipelineOptions(command: Command, names: readonly Pipeline[]): Command {
  const [first = defaultPipeline] = names;
  const initial = names.includes(defaultPipeline) ? defaultPipeline : first;
  command.addOption(new Option("--pipeline <name>", "what to run").choices(names).default(initial));
  for (const { option } of settingsOf(names)) command.addOption(option);
  return command.option(
    "--gaze-calibration <file>",
    "correct the gaze of the largest face by a file of `edin calibrate gaze` or the page",
  );
}

/** What was asked by flags, as settings of an analysis; the analysis checks it and fills in the rest. */
export function pipelineConfig(given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const config: Record<string, unknown> = {};
  for (const { path, option } of settingsOf(Object.keys(pipelines) as Pipeline[])) {
    const value = given[option.attributeName()];
    if (value === undefined) continue;
    const groups = path.slice(0, -1);
    const group = groups.reduce<Record<string, unknown>>(
      (outer, key) => (outer[key] ??= {}) as Record<string, unknown>,
      config,
    );
    group[path.at(-1)!] = value;
  }
  return config;
}

/** The same with an avatar that was named by the path of a file imported, and named. @throws AppError of importAvatar */
export async function withAvatar<Settings extends { readonly avatar?: { readonly name?: unknown } }>(
  settings: Settings,
  models: Models,
): Promise<Settings> {
  const name = settings.avatar?.name;
  if (typeof name !== "string") return settings;
  const { avatarNamed } = await import("../avatar/importAvatar.ts");
  return { ...settings, avatar: { ...settings.avatar, name: await avatarNamed(name, models) } };
}

/**
 * Settings with the gaze calibration of a file, where one was named.
 * @throws AppError `invalid_path`, `invalid_config`
 */
export async function withGazeCalibration<Settings extends object>(
  settings: Settings,
  file: string | undefined,
): Promise<Settings> {
  if (file === undefined) return settings;
  const { readGazeCalibration } = await import("../documents/gazeCalibrationFile.ts");
  return { ...settings, gazeCalibration: await readGazeCalibration(file) };
}

function settingsOf(names: readonly Pipeline[]): FlaggedSetting[] {
  const of = (settings: Readonly<Record<string, z.ZodType>>, pipeline?: Pipeline) =>
    Object.entries(settings).flatMap(([key, setting]) => flagged(pipeline, [key], setting));
  return [...of(commonSettings), ...names.flatMap((name) => of(aboutPipeline(name).settings, name))];
}

function flagged(
  pipeline: Pipeline | undefined,
  path: readonly string[],
  setting: z.ZodType,
): FlaggedSetting[] {
  const inner = unwrapped(setting);
  if (inner instanceof z.ZodObject)
    return Object.entries(inner.shape).flatMap(([key, part]) =>
      flagged(pipeline, [...path, key], part as z.ZodType),
    );
  const flag = flagOf(setting);
  if (flag === undefined) return [];
  const text = setting.description ?? path.at(-1)!;
  const option = new Option(flag, pipeline === undefined ? text : `${pipeline}: ${text}`);
  if (inner instanceof z.ZodBoolean)
    return [option, new Option(flag.replace("--", "--no-"), "the opposite")].map((one) => ({
      path,
      option: one,
    }));
  if (inner instanceof z.ZodEnum) option.choices(inner.options.map(String));
  else if (inner instanceof z.ZodNumber) option.argParser(Number);
  else if (inner instanceof z.ZodTuple) option.argParser((text: string) => text.split(",").map(Number));
  return [{ path, option }];
}

/** A setting without its default. */
function unwrapped(setting: z.ZodType): z.ZodType {
  let inner = setting;
  while (inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault || inner instanceof z.ZodOptional)
    inner = inner.unwrap() as z.ZodType;
  return inner;
}
