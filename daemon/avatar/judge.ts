import type { Model } from "../inference/models.ts";
import { createExpressionNames, type ExpressionProbabilities } from "../vision/expression.ts";
import { ImageBatch } from "../vision/imageBatch.ts";
import { shrinkToPlanes, type SquarePicture } from "./planes.ts";

export interface AvatarJudge {
  /** The emotion that each drawn avatar shows, all in one run. */
  read(avatars: readonly SquarePicture[]): Promise<ExpressionProbabilities[]>;
}

/**
 * Emotions on avatars by a network of the task `avatar-emotion`, trained on characters only. A picture is averaged down to
 * the network's input, which its size has to be a whole multiple of.
 */
export function createAvatarJudge(model: Model): AvatarJudge {
  const names = createExpressionNames(model.entry);
  const batch = new ImageBatch(model);
  return {
    async read(avatars) {
      if (avatars.length === 0) return [];
      const buffer = batch.buffer(avatars.length);
      for (const [i, avatar] of avatars.entries())
        shrinkToPlanes(avatar, batch.width, buffer.subarray(i * batch.size, (i + 1) * batch.size));
      const values = batch.output(await batch.run(avatars.length));
      return avatars.map((_, i) => names(values, i));
    },
  };
}
