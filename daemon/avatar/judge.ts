import type { Model } from "../inference/models.ts";
import { createExpressionNames, type ExpressionProbabilities } from "../vision/expression.ts";
import { ImageBatch } from "../vision/imageBatch.ts";

/** A drawn avatar: interleaved sRGB, `size` x `size`. */
export interface DrawnAvatar {
  readonly size: number;
  readonly rgb: Uint8Array;
}

export interface AvatarJudge {
  /** The emotion that each drawn avatar shows, all in one run. */
  read(avatars: readonly DrawnAvatar[]): Promise<ExpressionProbabilities[]>;
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
        shrink(avatar, batch.width, buffer.subarray(i * batch.size, (i + 1) * batch.size));
      const values = batch.output(await batch.run(avatars.length));
      return avatars.map((_, i) => names(values, i));
    },
  };
}

/** Interleaved pixels -> planes R, G, B of `to` x `to`, each the mean of a square of pixels. */
function shrink({ size, rgb }: DrawnAvatar, to: number, out: Float32Array): void {
  const n = size / to;
  for (let ch = 0; ch < 3; ch++) {
    for (let y = 0; y < to; y++) {
      for (let x = 0; x < to; x++) {
        let sum = 0;
        for (let j = 0; j < n; j++) {
          const row = ((y * n + j) * size + x * n) * 3 + ch;
          for (let i = 0; i < n; i++) sum += rgb[row + 3 * i]!;
        }
        out[(ch * to + y) * to + x] = sum / (n * n);
      }
    }
  }
}
