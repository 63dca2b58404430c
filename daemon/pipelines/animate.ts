import type { AvatarSettings } from "../../shared/protocol/avatarSettings.ts";
import type { Animator } from "../avatar/animator.ts";
import { lift, zoom } from "../../shared/avatar/framing.ts";
import { atRest, type AvatarState } from "../../shared/avatar/head.ts";
import { isLost, markLost } from "../../shared/avatar/lostMark.ts";
import { awayBrightness } from "../../shared/avatar/shading.ts";
import type { MovedAvatar } from "../../shared/protocol/live.ts";
import { createAvatarJudge } from "../avatar/judge.ts";
import { FaceRetargeter, PersonNeutral } from "../avatar/retarget.ts";
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
  /** An avatar of its own for a face; 0 is the first face, and so on round the cast. `together`: faces that are there. */
  readonly animatorOf: (number: number, together: number) => Promise<Animator>;
  /** Is given each face's crop as it was and the avatar, in step. */
  readonly onFaceView: OnFaceView;
}

/** After a face left, its avatar is shown coming to rest for this long, and stays at rest. */
const restMs = 1000;
const forgetMs = 10_000;

/**
 * Faces -> the same with the avatar that each moves: blend shapes, and the emotion read on the drawn avatar. A face that is lost
 * or is not to be trusted for longer (in profile, too dark, too small) leaves an avatar that comes to rest, turns grey and says so.
 */
export function animateFaces(
  networks: Networks<"blend-shapes" | "avatar-emotion">,
  { avatar, emotionSmoothingMs, animatorOf, onFaceView }: AnimateOptions,
  meter: Meter,
): Stage<Seen<FeelingFace>, Seen<FeelingFace>> {
  const reader = createBlendShapeReader(networks["blend-shapes"]);
  const judge = createAvatarJudge(networks["avatar-emotion"]);
  return async function* (input) {
    const actors = new Map<number, Actor>();
    for await (const seen of input) {
      const { frame, faces, cut } = seen;
      const weights = await meter.time("blend shapes", () => reader.read(frame, faces));
      const drawn: Actor[] = [];
      for (const [i, face] of faces.entries()) {
        let actor = actors.get(face.track);
        if (!actor || cut) {
          const animator = actor?.animator ?? (await animatorOf(face.track - 1, faces.length));
          const neutral = actor?.neutral ?? new PersonNeutral(reader.neutral);
          actor = new Actor(animator, neutral, avatar, emotionSmoothingMs);
          actors.set(face.track, actor);
        }
        const move = actor;
        await meter.time("draw", () => move.follow(face, weights[i]!, frame.timeMs));
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
          ...(emotion && { avatar: { name: actor.animator.name, emotion } }),
        };
      });
      await meter.time("store", async () => {
        for (const [i, face] of faces.entries())
          await onFaceView(
            face.track,
            crop(frame, face.square, drawn[i]!.animator.size),
            drawn[i]!.frameLike(frame),
            drawn[i]!.moved(),
          );
        for (const [track, actor] of actors) {
          if (drawn.includes(actor)) continue;
          const awayMs = frame.timeMs - actor.seenMs;
          if (awayMs > forgetMs) actors.delete(track);
          if (awayMs > restMs) continue;
          await actor.rest(frame.timeMs);
          const before = crop(frame, actor.square!, actor.animator.size);
          await onFaceView(track, before, actor.frameLike(frame), actor.moved());
        }
      });
      yield { ...seen, faces: shown };
    }
  };
}

/** The face beside its avatar: framed alike, as upright as it is. */
const crop = (frame: Frame, { cx, cy, side, roll }: Crop, size: number): Frame => {
  const up = lift * side;
  return cutFace(
    frame,
    { cx: cx + up * Math.sin(roll), cy: cy - up * Math.cos(roll), sidePx: zoom * side, rollRad: 0 },
    size,
  );
};

/** One face's avatar over the clip. */
class Actor {
  readonly animator: Animator;
  /** Outlives cuts. */
  readonly neutral: PersonNeutral;
  readonly #retargeter: FaceRetargeter;
  readonly #smoother: ProbabilitySmoother<keyof ExpressionProbabilities>;
  #rgb: Uint8Array;
  readonly #planes: Uint8Array;
  readonly #relative: boolean;
  #state = atRest;
  weights = new Float32Array(0);
  square: Crop | undefined;
  seenMs = 0;
  /** When the face was last to be trusted, or first seen. */
  #trustedMs: number | undefined;
  #awayMs = 0;

  constructor(
    animator: Animator,
    neutral: PersonNeutral,
    { relative, exaggerate }: AvatarSettings,
    emotionSmoothingMs: number,
  ) {
    this.animator = animator;
    this.neutral = neutral;
    this.#relative = relative;
    const samples = 3 * animator.size * animator.size;
    this.#rgb = new Uint8Array(samples);
    this.#planes = new Uint8Array(samples / 2);
    this.#retargeter = new FaceRetargeter(neutral, exaggerate);
    this.#smoother = new ProbabilitySmoother(emotionSmoothingMs);
  }

  get picture(): { readonly size: number; readonly rgb: Uint8Array } {
    return { size: this.animator.size, rgb: this.#rgb };
  }

  async follow(face: FeelingFace, weights: Float32Array, timeMs: number): Promise<void> {
    const { pose, eyes, gaze, flaws, emotion, square } = face;
    const elapsedMs = this.square && timeMs - this.seenMs;
    if (this.#relative && flaws.length === 0) this.neutral.learn(weights, emotion?.neutral ?? 0, elapsedMs);
    const poor = flaws.length > 0;
    if (!poor) this.#trustedMs = timeMs;
    await this.#draw(this.#retargeter.next({ timeMs, weights, pose, eyes, gaze, poor }), timeMs);
    this.square = square;
    this.seenMs = timeMs;
  }

  /** The emotion on the avatar, smoothed as the direct one is. */
  smooth(emotion: ExpressionProbabilities, timeMs: number): ExpressionProbabilities {
    return this.#smoother.next(emotion, timeMs);
  }

  async rest(timeMs: number): Promise<void> {
    await this.#draw(this.#retargeter.rest(timeMs), timeMs);
  }

  /** What it was drawn by, where it is a head that others can draw too. */
  moved(): MovedAvatar | undefined {
    const { engine, name } = this.animator;
    if (engine !== "rig") return undefined;
    const { weights, pose, gaze } = this.#state;
    return {
      name,
      weights: Array.from(weights, round4),
      pose,
      gaze,
      ...(this.#awayMs > 0 && { awayMs: this.#awayMs }),
    };
  }

  /** The avatar as a frame in the colours of another; its buffer is used again. */
  frameLike(frame: Frame): Frame {
    const { size } = this.animator;
    rgbToYuv(this.#rgb, size, frame, this.#planes);
    return { ...frame, width: size, height: size, data: this.#planes };
  }

  async #draw(state: AvatarState, timeMs: number): Promise<void> {
    this.#state = state;
    this.#rgb = await this.animator.draw(state);
    this.weights = this.#retargeter.measured.slice();
    this.#awayMs = timeMs - (this.#trustedMs ??= timeMs);
    if (isLost(this.#awayMs)) this.#sayLost();
  }

  /** Grey, darker, and in words. */
  #sayLost(): void {
    const rgb = this.#rgb;
    const { kr, kg, kb } = lumaWeights.bt601;
    for (let k = 0; k < rgb.length; k += 3) {
      const grey = awayBrightness * (kr * rgb[k]! + kg * rgb[k + 1]! + kb * rgb[k + 2]!);
      rgb.fill(grey, k, k + 3);
    }
    const { size } = this.animator;
    markLost(size, (x, y, width, height, grey) => {
      for (let row = y; row < y + height; row++)
        rgb.fill(grey, 3 * (row * size + x), 3 * (row * size + x + width));
    });
  }
}

const round4 = (value: number): number => Math.round(1e4 * value) / 1e4;
