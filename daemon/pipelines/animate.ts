import type { AvatarSettings } from "../../shared/protocol/avatarSettings.ts";
import { AvatarRenderer } from "../avatar/draw.ts";
import type { AvatarHead, AvatarState } from "../avatar/head.ts";
import { createAvatarJudge } from "../avatar/judge.ts";
import { FaceRetargeter } from "../avatar/retarget.ts";
import { cutFace } from "../magnification/stabilise.ts";
import { lumaWeights, rgbToYuv } from "../media/colour.ts";
import type { Frame } from "../media/frame.ts";
import { createBlendShapeReader } from "../vision/blendShapes.ts";
import type { Crop } from "../vision/crop.ts";
import type { ExpressionProbabilities } from "../vision/expression.ts";
import { ProbabilitySmoother } from "../vision/smooth.ts";
import type { Meter } from "./meter.ts";
import type { Networks } from "./networks.ts";
import type { OnFaceView } from "./pipeline.ts";
import type { FeelingFace, Seen } from "./seen.ts";
import type { Stage } from "./stage.ts";

export interface AnimateOptions {
  readonly avatar: AvatarSettings;
  readonly emotionSmoothingMs: number;
  /** Heads for the first face, the second, ... */
  readonly heads: () => Promise<readonly AvatarHead[]>;
  /** Is given each face's crop as it was and the avatar, in step. */
  readonly onFaceView: OnFaceView;
}

/** Width and height of the drawn avatar and of the face beside it. */
const pictureSize = 256;
/** The face beside the avatar, in face squares, and how far its middle lies above the square's: as the avatar is framed. */
const cropScale = 1.6;
const lift = 0.16;
/** After a face left, its avatar is shown coming to rest for this long, and stays at rest. */
const restMs = 1000;
const forgetMs = 10_000;
/** An avatar whose face is away is drawn without colour, this much darker. */
const awayBrightness = 0.6;

/**
 * Faces -> the same with the avatar that each moves: blend shapes, and the emotion read on the drawn avatar. A face that is lost
 * leaves an avatar that comes to rest and turns grey.
 */
export function animateFaces(
  networks: Networks<"blend-shapes" | "avatar-emotion">,
  { avatar: { relative }, emotionSmoothingMs, heads, onFaceView }: AnimateOptions,
  meter: Meter,
): Stage<Seen<FeelingFace>, Seen<FeelingFace>> {
  const reader = createBlendShapeReader(networks["blend-shapes"]);
  const judge = createAvatarJudge(networks["avatar-emotion"]);
  return async function* (input) {
    const cast = await heads();
    const actors = new Map<number, Actor>();
    for await (const seen of input) {
      const { frame, faces, cut } = seen;
      const weights = await meter.time("blend shapes", () => reader.read(frame, faces));
      const drawn: Actor[] = [];
      for (const [i, face] of faces.entries()) {
        let actor = actors.get(face.track);
        if (!actor || cut) {
          const head = cast[(face.track - 1) % cast.length]!;
          actor = new Actor(
            actor?.renderer ?? new AvatarRenderer(head, pictureSize),
            relative,
            emotionSmoothingMs,
          );
          actors.set(face.track, actor);
        }
        const move = actor;
        await meter.time("draw", () => {
          move.follow(face, weights[i]!, frame.timeMs);
          return Promise.resolve();
        });
        drawn.push(actor);
      }
      const emotions = await meter.time("avatar emotion", () =>
        judge.read(drawn.map((actor) => actor.picture)),
      );
      const shown = faces.map((face, i): FeelingFace => {
        const actor = drawn[i]!;
        const emotion = face.flaws.length > 0 ? undefined : actor.smooth(emotions[i]!, frame.timeMs);
        return {
          ...face,
          blendShapes: actor.weights,
          ...(emotion && { avatar: { name: actor.renderer.head.name, emotion } }),
        };
      });
      await meter.time("store", async () => {
        for (const [i, face] of faces.entries())
          await onFaceView(face.track, crop(frame, face.square), drawn[i]!.frameLike(frame));
        for (const [track, actor] of actors) {
          if (drawn.includes(actor)) continue;
          const awayMs = frame.timeMs - actor.seenMs;
          if (awayMs > forgetMs) actors.delete(track);
          if (awayMs > restMs) continue;
          actor.rest(frame.timeMs);
          await onFaceView(track, crop(frame, actor.square!), actor.frameLike(frame));
        }
      });
      yield { ...seen, faces: shown };
    }
  };
}

const crop = (frame: Frame, { cx, cy, side, roll }: Crop): Frame => {
  const up = lift * side;
  return cutFace(
    frame,
    { cx: cx + up * Math.sin(roll), cy: cy - up * Math.cos(roll), sidePx: cropScale * side, rollRad: 0 },
    pictureSize,
  );
};

/** One face's avatar over the clip. */
class Actor {
  readonly renderer: AvatarRenderer;
  readonly #retargeter: FaceRetargeter;
  readonly #smoother: ProbabilitySmoother<keyof ExpressionProbabilities>;
  #rgb: Uint8Array = new Uint8Array(3 * pictureSize * pictureSize);
  readonly #planes = new Uint8Array((3 * pictureSize * pictureSize) / 2);
  weights = new Float32Array(0);
  square: Crop | undefined;
  seenMs = 0;

  constructor(renderer: AvatarRenderer, relative: boolean, emotionSmoothingMs: number) {
    this.renderer = renderer;
    this.#retargeter = new FaceRetargeter(relative);
    this.#smoother = new ProbabilitySmoother(emotionSmoothingMs);
  }

  get picture(): { readonly size: number; readonly rgb: Uint8Array } {
    return { size: pictureSize, rgb: this.#rgb };
  }

  follow(face: FeelingFace, weights: Float32Array, timeMs: number): void {
    const { pose, eyes, gaze, flaws, emotion, square } = face;
    if (flaws.length === 0)
      this.#retargeter.learnNeutral(
        weights,
        emotion?.neutral ?? 0,
        timeMs - (this.square ? this.seenMs : timeMs),
      );
    this.#draw(this.#retargeter.next({ timeMs, weights, pose, eyes, gaze, poor: flaws.length > 0 }));
    this.square = square;
    this.seenMs = timeMs;
  }

  /** The emotion on the avatar, smoothed as the direct one is. */
  smooth(emotion: ExpressionProbabilities, timeMs: number): ExpressionProbabilities {
    return this.#smoother.next(emotion, timeMs);
  }

  rest(timeMs: number): void {
    this.#draw(this.#retargeter.rest(timeMs));
    const rgb = this.#rgb;
    const { kr, kg, kb } = lumaWeights.bt601;
    for (let k = 0; k < rgb.length; k += 3) {
      const grey = awayBrightness * (kr * rgb[k]! + kg * rgb[k + 1]! + kb * rgb[k + 2]!);
      rgb[k] = grey;
      rgb[k + 1] = grey;
      rgb[k + 2] = grey;
    }
  }

  /** The avatar as a frame in the colours of another; its buffer is used again. */
  frameLike(frame: Frame): Frame {
    rgbToYuv(this.#rgb, pictureSize, frame, this.#planes);
    return { ...frame, width: pictureSize, height: pictureSize, data: this.#planes };
  }

  #draw(state: AvatarState): void {
    this.#rgb = this.renderer.draw(state);
    this.weights = state.weights.slice();
  }
}
