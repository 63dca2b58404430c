import { signal, type Signal } from "@preact/signals";
import * as z from "zod";
import type { startAnalysis } from "../../../shared/protocol/analyses.ts";
import { commonSettings } from "../../../shared/protocol/analysisConfig.ts";
import { avatarSchema } from "../../../shared/protocol/avatarSettings.ts";
import { presetSchema } from "../../../shared/protocol/magnification.ts";
import { defaultPipeline, pipelineSchema } from "../../../shared/protocol/pipelines.ts";
import { deviceChoiceSchema } from "../../../shared/protocol/results.ts";
import { parseJson } from "../../../shared/text/parseJson.ts";
import { keep, kept } from "../../data/kept.ts";
import { settingsOf, type ClipSettingsForm } from "./ClipSettings.tsx";

/** What is remembered of the last choice. Empty texts stand for the default. */
const choiceSchema = z.object({
  pipeline: pipelineSchema.catch(defaultPipeline),
  device: deviceChoiceSchema.or(z.literal("")).catch(""),
  detectEveryFrames: z.string().catch(String(commonSettings.detectEveryFrames.parse(undefined))),
  preset: presetSchema.catch("thesis"),
  avatar: avatarSchema.catch(avatarSchema.parse({})),
  faces: z.string().catch(""),
  /** Ids of networks by task. */
  networks: z.record(z.string(), z.string()).catch({}),
});
export type AnalysisChoice = z.infer<typeof choiceSchema>;

export interface AnalysisForm {
  readonly choice: Signal<AnalysisChoice>;
  readonly clip: ClipSettingsForm;
}

const key = "edin.analysisSettings";

/** The form as it was last used here. */
export function lastForm(): AnalysisForm {
  const choice = choiceSchema.parse(parseJson(kept(key) ?? "{}") ?? {});
  return {
    choice: signal(choice),
    clip: { faces: signal(choice.faces), track: signal(""), avatar: signal(choice.avatar) },
  };
}

/** Keeps the choice for the next time. */
export function remember({ choice, clip }: AnalysisForm): void {
  keep(key, JSON.stringify({ ...choice.value, faces: clip.faces.value, avatar: clip.avatar.value }));
}

/** What the form asks of the daemon. */
export function requestOf({
  choice,
  clip,
}: AnalysisForm): Omit<z.input<typeof startAnalysis.request>, "mediaPath"> {
  const { pipeline, device, detectEveryFrames, preset, networks } = choice.value;
  const chosen = Object.entries(networks).filter(([, id]) => id !== "");
  return {
    pipeline,
    ...(device !== "" && { device }),
    config: {
      ...settingsOf(clip, pipeline),
      detectEveryFrames: Number(detectEveryFrames),
      ...(pipeline === "evm" && { magnification: { preset } }),
      ...(chosen.length > 0 && { networks: Object.fromEntries(chosen) }),
    },
  };
}
