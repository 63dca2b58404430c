import path from "node:path";
import { AvatarRenderer } from "../../daemon/avatar/draw.ts";
import { findAvatar, openHead } from "../../daemon/avatar/library.ts";
import { blendShapes } from "../../shared/avatar/blendShapes.ts";
import { figure, type Figure } from "./report.ts";

const modelsDir = path.join(import.meta.dirname, "../../models");
const pictures = 120;
const warmUp = 40;

/** Pictures a second of the rig's renderer on one thread, every shape in use, by size. */
export async function benchAvatar(rounds: number): Promise<Figure[]> {
  const head = await openHead(await findAvatar({ modelsDir }, "ada"));
  const figures: Figure[] = [];
  for (const size of [128, 256]) {
    const renderer = new AvatarRenderer(head, size);
    const weights = new Float32Array(blendShapes.length);
    const speeds: number[] = [];
    for (let round = 0; round < rounds; round++) {
      let start = 0;
      for (let k = 0; k < warmUp + pictures; k++) {
        if (k === warmUp) start = performance.now();
        weights.fill(0.3 + 0.2 * Math.sin(k / 5));
        const turn = 0.2 * Math.sin(k / 9);
        renderer.draw({
          weights,
          pose: { yaw: turn, pitch: turn / 2, roll: 0 },
          gaze: { pitch: 0, yaw: turn },
        });
      }
      speeds.push((1000 * pictures) / (performance.now() - start));
    }
    figures.push(figure("avatar", `pictures/s, rig, ${size}x${size}`, speeds));
  }
  return figures;
}
