import { blendShapes } from "../../shared/avatar/blendShapes.ts";
import { AppError } from "../../shared/errors.ts";
import type { Model } from "../inference/models.ts";
import type { Tensors } from "../inference/session.ts";
import type { Animator } from "./animator.ts";
import type { AvatarState } from "../../shared/avatar/head.ts";
import { interleave, shrinkToPlanes, type SquarePicture } from "./planes.ts";

/** A still of somebody, at rest and upright, framed as a drawn head is. */
export interface AvatarPicture extends SquarePicture {
  readonly name: string;
}

/** Weights, pose and gaze, as models/recipes/avatar_pairs.py has them. */
const codeLength = blendShapes.length + 5;

/** The networks of image animation: what a picture is, once, and the picture in a state, for each frame. */
export interface AnimationNetworks {
  readonly source: Model;
  readonly frame: Model;
}

/**
 * Moves a picture by first-order motion (Siarohin et al. 2019; the thesis, equations 6.13 to 6.29): keypoints with local
 * affine motions, brought together to a dense motion with occlusion, from which a generator makes the frame. The driving
 * frame is told as a state in place of a second picture.
 * @throws AppError `model_refused` for networks that do not belong together
 */
export async function animatePicture(
  { source, frame }: AnimationNetworks,
  still: AvatarPicture,
): Promise<Animator> {
  const [image] = source.entry.inputs;
  const side = Number(image!.shape[3]);
  const pixels = new Float32Array(3 * side * side);
  shrinkToPlanes(still, side, pixels);
  const picture = { data: pixels, shape: [1, 3, side, side] };
  const known = await source.run({ [image!.name]: picture });
  const given: Tensors = { picture, ...known };
  for (const { name: input } of frame.entry.inputs)
    if (input !== "code" && !(input in given))
      throw new AppError(
        "model_refused",
        `The networks ${source.entry.id} and ${frame.entry.id} do not belong together: nothing gives ${input}. Choose two that were trained together.`,
      );
  const code = new Float32Array(codeLength);
  const out = new Uint8Array(3 * side * side);
  return {
    name: still.name,
    engine: "fomm",
    size: side,
    draw: async (state) => {
      writeCode(state, code);
      const made = await frame.run({ ...given, code: { data: code, shape: [1, codeLength] } });
      interleave(made[frame.entry.outputs[0]!.name]!.data, out);
      return out;
    },
  };
}

function writeCode({ weights, pose, gaze }: AvatarState, code: Float32Array): void {
  code.set(weights);
  code.set([pose.yaw, pose.pitch, pose.roll, gaze.pitch, gaze.yaw], weights.length);
}
