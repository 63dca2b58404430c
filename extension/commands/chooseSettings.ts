import * as vscode from "vscode";
import type * as z from "zod";
import { analysisConfigSchema } from "../../shared/protocol/analysisConfig.ts";
import { grantRoot, probeMedia } from "../../shared/protocol/media.ts";
import { presetSchema } from "../../shared/protocol/magnification.ts";
import { pipelineChoices, pipelineSchema, type Pipeline } from "../../shared/protocol/pipelines.ts";
import { deviceChoiceSchema, type DeviceChoice } from "../../shared/protocol/results.ts";
import { listModels } from "../../shared/protocol/system.ts";
import { blendShapes } from "../../shared/avatar/blendShapes.ts";
import { importAvatar, listAvatars } from "../../shared/protocol/redaction.ts";
import { rootOf } from "../clips.ts";
import type { DaemonSupervisor } from "../daemon/supervisor.ts";
import { readSettings } from "../settings.ts";
import { pick } from "./pick.ts";

/** How clips are analysed; what `config` leaves out has its default. */
export interface StartSettings {
  readonly pipeline: Pipeline;
  readonly config: Readonly<Record<string, unknown>>;
  /** Absent: the one of the settings. */
  readonly device?: DeviceChoice;
}

const remembered = "edin.startSettings";
/** Tasks whose networks a user may want to exchange. */
const exchanged = ["face", "landmarks", "expression", "gaze", "eye-state", "speech"];

/**
 * Asks for pipeline, preset, faces, detection rate, sound track, device and networks, the last choice first; `undefined` where the user left one
 * of the questions. The choice is remembered for this workspace.
 */
export async function chooseSettings(
  context: vscode.ExtensionContext,
  daemon: DaemonSupervisor,
  start?: StartSettings,
  clip?: vscode.Uri,
): Promise<StartSettings | undefined> {
  const last = start ?? context.workspaceState.get<StartSettings>(remembered);
  const before = analysisConfigSchema.catch(analysisConfigSchema.parse({})).parse(last?.config ?? {});
  const { l10n } = vscode;
  const pipeline = await pick<Pipeline>(
    l10n.t("Pipeline"),
    last?.pipeline,
    pipelineChoices(pipelineSchema.options).map(({ value, text }) => ({ label: text, value })),
  );
  if (pipeline === undefined) return undefined;
  const own = await ownSettings[pipeline]?.(daemon, before);
  if (own === undefined && pipeline in ownSettings) return undefined;
  const maxFaces = await pick(
    l10n.t("Faces followed at a time"),
    before.maxFaces,
    [...new Set([1, 2, 4, 8, 16, 32, 64, before.maxFaces])]
      .sort((a, b) => a - b)
      .map((value) => ({ label: String(value), value })),
  );
  if (maxFaces === undefined) return undefined;
  const detectEveryFrames = await pick(
    l10n.t("Look for new faces"),
    before.detectEveryFrames,
    [...new Set([1, 5, 10, 30, before.detectEveryFrames])]
      .sort((a, b) => a - b)
      .map((value) => ({
        label: value === 1 ? l10n.t("in every frame") : l10n.t("in every {0}th frame", value),
        value,
      })),
  );
  if (detectEveryFrames === undefined) return undefined;
  const audioTrack = await chooseTrack(daemon, clip, before.audioTrack);
  if (audioTrack === undefined) return undefined;
  const device = await pick(l10n.t("Device"), last?.device ?? readSettings().device, devices());
  if (device === undefined) return undefined;
  const networks = await chooseNetworks(daemon, before.networks);
  if (networks === undefined) return undefined;
  const settings: StartSettings = {
    ...{ pipeline, device },
    config: {
      ...{ maxFaces, detectEveryFrames, networks },
      ...(audioTrack > 0 && { audioTrack }),
      ...own,
    },
  };
  await context.workspaceState.update(remembered, settings);
  return settings;
}

const devices = (): { label: string; description?: string; value: DeviceChoice }[] =>
  deviceChoiceSchema.options.map((value) => ({
    label: value,
    ...(value === "auto" && { description: vscode.l10n.t("the fastest that works here") }),
    value,
  }));

type Config = z.output<typeof analysisConfigSchema>;

/** What is asked of one pipeline alone; a pipeline without an entry has its defaults. */
const ownSettings: {
  readonly [P in Pipeline]?: (
    daemon: DaemonSupervisor,
    before: Config,
  ) => Promise<Partial<Config> | undefined>;
} = {
  evm: async (_, { magnification }) => {
    const choices = presetSchema.options.map((value) => ({ label: value, value }));
    const preset = await pick(vscode.l10n.t("Preset of the magnification"), magnification.preset, choices);
    return preset === undefined ? undefined : { magnification: { ...magnification, preset } };
  },
  avatar: async (daemon, { avatar }) => {
    const { avatars } = await (await daemon.client()).call(listAvatars, {});
    const choices = avatars.map(({ name, kind }) => ({
      label: name,
      ...(kind === "picture" && { description: vscode.l10n.t("picture") }),
      value: name,
    }));
    const chosen = await pick(vscode.l10n.t("Avatar of the first face"), avatar.name, [
      ...choices,
      { label: vscode.l10n.t("From a File…"), value: fromFile },
    ]);
    const name = chosen === fromFile ? await chooseAvatarFile(daemon) : chosen;
    if (name === undefined) return undefined;
    const engine = await pick(vscode.l10n.t("How the face moves it"), avatar.engine, [
      { label: vscode.l10n.t("Moved as fits the avatar"), value: "auto" as const },
      { label: vscode.l10n.t("Drawn by blend shapes"), value: "rig" as const },
      { label: vscode.l10n.t("Moved as a picture"), value: "fomm" as const },
    ]);
    if (engine === undefined) return undefined;
    const relative = await pick(vscode.l10n.t("What the face shows at rest"), avatar.relative, [
      { label: vscode.l10n.t("Is taken off"), value: true },
      { label: vscode.l10n.t("Moves the avatar too"), value: false },
    ]);
    if (relative === undefined) return undefined;
    const view = await pick(vscode.l10n.t("Clip of the avatar"), avatar.view, [
      { label: vscode.l10n.t("Avatar beside the face"), value: "beside" as const },
      { label: vscode.l10n.t("Avatar alone"), value: "alone" as const },
    ]);
    if (view === undefined) return undefined;
    const sound = await pick(vscode.l10n.t("Sound of the avatar's clip"), avatar.sound, [
      { label: vscode.l10n.t("The clip's own"), value: "clip" as const },
      { label: vscode.l10n.t("None"), value: "none" as const },
    ]);
    return sound === undefined ? undefined : { avatar: { ...avatar, name, engine, relative, view, sound } };
  },
};

/** No avatar is named so. */
const fromFile = "*";

/** Takes a file of the user's among the avatars. @returns its name; undefined where none was chosen */
async function chooseAvatarFile(daemon: DaemonSupervisor): Promise<string | undefined> {
  const [file] =
    (await vscode.window.showOpenDialog({
      title: vscode.l10n.t("A head (.glb, .vrm) or a picture of one face"),
      filters: {
        [vscode.l10n.t("Heads and pictures")]: ["glb", "vrm", "png", "jpg", "jpeg", "webp", "avif"],
      },
    })) ?? [];
  if (file === undefined) return undefined;
  const client = await daemon.client();
  await client.call(grantRoot, { path: rootOf(file) });
  const { avatar } = await client.call(importAvatar, { path: file.fsPath });
  const { name, moves } = avatar;
  if (moves && moves.standIns > 0)
    void vscode.window.showInformationMessage(
      vscode.l10n.t(
        "{0} has {1} of ARKit's {2} shapes; for {3} of them others of its movements stand in: it shows less of a face.",
        ...[name, moves.shapes, blendShapes.length, moves.standIns],
      ),
    );
  else if (moves && moves.shapes < blendShapes.length)
    void vscode.window.showInformationMessage(
      vscode.l10n.t(
        "{0} has {1} of ARKit's {2} shapes: it shows less of a face.",
        ...[name, moves.shapes, blendShapes.length],
      ),
    );
  return name;
}

/** Asked of a clip with several sound tracks; 0 is the first with a voice. */
async function chooseTrack(
  daemon: DaemonSupervisor,
  clip: vscode.Uri | undefined,
  before: number | undefined,
): Promise<number | undefined> {
  if (clip?.scheme !== "file") return 0;
  const { l10n } = vscode;
  const client = await daemon.client();
  await client.call(grantRoot, { path: rootOf(clip) });
  // What is wrong with a clip its analysis says.
  const probed = await client.call(probeMedia, { path: clip.fsPath }).catch(() => undefined);
  const tracks = probed?.media.soundTracks ?? [];
  if (tracks.length < 2) return 0;
  return pick(l10n.t("Sound track"), before ?? 0, [
    { label: l10n.t("The first with a voice"), value: 0 },
    ...tracks
      .filter(({ readable }) => readable)
      .map(({ track, title, language, codec }) => ({
        label: l10n.t("Sound track {0}", track),
        description: [title, language, codec].filter(Boolean).join(", "),
        value: track,
      })),
  ]);
}

async function chooseNetworks(
  daemon: DaemonSupervisor,
  before: Readonly<Partial<Record<string, string | undefined>>>,
): Promise<Record<string, string> | undefined> {
  const { models } = await (await daemon.client()).call(listModels, {});
  const items = models
    .filter(({ task }) => exchanged.includes(task) && models.some((m) => m.task === task && m.default))
    .filter((model) => !model.default)
    .map(({ id, task }) => ({ label: id, description: task, task, picked: before[task] === id }));
  if (items.length === 0) return {};
  const chosen = await vscode.window.showQuickPick(items, {
    canPickMany: true,
    title: vscode.l10n.t("Networks in place of the defaults; none: all defaults"),
  });
  return chosen && Object.fromEntries(chosen.map(({ task, label }) => [task, label]));
}
