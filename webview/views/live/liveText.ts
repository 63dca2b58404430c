import { livePipelineSchema, pipelineChoices } from "../../../shared/protocol/pipelines.ts";
import type { LiveSession } from "../../../shared/protocol/live.ts";

/** Pipelines that run live. */
export const livePipelines = pipelineChoices(livePipelineSchema.options);

/** Where the pictures of a session come from, in words. */
export function sourceName({ source }: LiveSession): string {
  if (source.kind === "page") return "Capture page";
  if (source.kind === "file") return source.path.split(/[\\/]/).at(-1) ?? source.path;
  return [source.camera, source.microphone].filter((device) => device !== undefined).join(", ");
}
