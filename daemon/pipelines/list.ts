import type { Pipeline } from "../../shared/protocol/pipelines.ts";
import { avatar } from "./avatar.ts";
import { evm } from "./evm.ts";
import { multimodal } from "./multimodal.ts";
import type { PipelineKind } from "./pipeline.ts";

/** What the pipelines of `shared/protocol/pipelines.ts` do: one value each. */
export const pipelineKinds: Readonly<Record<Pipeline, PipelineKind>> = Object.freeze({
  multimodal,
  evm,
  avatar,
});
