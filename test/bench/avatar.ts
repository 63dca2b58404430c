import path from "node:path";
import type { Animator } from "../../daemon/avatar/animator.ts";
import { animateHead, AvatarRenderer } from "../../daemon/avatar/draw.ts";
import { atRest } from "../../shared/avatar/head.ts";
import { animatePicture } from "../../daemon/avatar/imageAnimation.ts";
import { findAvatar, openHead } from "../../daemon/avatar/library.ts";
import { openModels } from "../../daemon/inference/models.ts";
import { blendShapes } from "../../shared/avatar/blendShapes.ts";
import { figure, type Figure } from "./report.ts";

const modelsDir = path.join(import.meta.dirname, "../../models");
const pictures = 120;
const warmUp = 40;

/** Pictures a second of both engines, every shape in use, by size; networks run on one thread. */
export async function benchAvatar(rounds: number): Promise<Figure[]> {
  const head = await openHead(await findAvatar({ modelsDir }, "ada"));
  const figures: Figure[] = [];
  for (const size of [128, 256]) figures.push(await speedOf(animateHead(head, size), rounds));
  await using models = await openModels({ modelsDir, device: "cpu" });
  const networks = { source: await models.load("animation-source"), frame: await models.load("animation") };
  const still = { name: "ada", size: 256, rgb: new AvatarRenderer(head, 256).draw(atRest) };
  figures.push(await speedOf(await animatePicture(networks, still), rounds));
  return figures;
}

async function speedOf(animator: Animator, rounds: number): Promise<Figure> {
  const weights = new Float32Array(blendShapes.length);
  const speeds: number[] = [];
  for (let round = 0; round < rounds; round++) {
    let start = 0;
    for (let k = 0; k < warmUp + pictures; k++) {
      if (k === warmUp) start = performance.now();
      weights.fill(0.3 + 0.2 * Math.sin(k / 5));
      const turn = 0.2 * Math.sin(k / 9);
      await animator.draw({
        weights,
        pose: { yaw: turn, pitch: turn / 2, roll: 0 },
        gaze: { pitch: 0, yaw: turn },
      });
    }
    speeds.push((1000 * pictures) / (performance.now() - start));
  }
  const { engine, size } = animator;
  return figure("avatar", `pictures/s, ${engine}, ${size}x${size}`, speeds);
}
