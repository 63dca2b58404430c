import type { LiveSession } from "../../../shared/protocol/live.ts";
import { pipelineNames } from "../../data/text.ts";

/** Pipelines that run live. */
export const livePipelines = (["multimodal", "evm"] as const).map((value) => ({
  value,
  text: pipelineNames[value],
}));

export function sourceName({ source }: LiveSession): string {
  if (source.kind === "page") return "Capture page";
  if (source.kind === "file") return source.path.split(/[\\/]/).at(-1) ?? source.path;
  return [source.camera, source.microphone].filter((device) => device !== undefined).join(", ");
}
