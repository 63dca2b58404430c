import { avatarSchema } from "../../shared/protocol/avatarSettings.ts";
import type { ExpressionLabel } from "../../shared/emotion/labels.ts";
import { AvatarRenderer } from "../avatar/draw.ts";
import { createAvatarJudge, type AvatarJudge } from "../avatar/judge.ts";
import { avatarsFrom, openHead } from "../avatar/library.ts";
import { FaceRetargeter, PersonNeutral } from "../avatar/retarget.ts";
import type { Models } from "../inference/models.ts";
import type { Frame } from "../media/frame.ts";
import { createBlendShapeReader } from "../vision/blendShapes.ts";
import { createExpressionReader, type ExpressionProbabilities } from "../vision/expression.ts";
import type { Landmarks } from "../vision/faceSquare.ts";
import { faceSquare } from "../vision/faceSquare.ts";
import { headPose, type HeadPose } from "../vision/headPose.ts";
import { coverRegion, paintHead } from "./cover.ts";
import type { Cover } from "./coverage.ts";

/** Drawn heads move as those of the avatar pipeline do where nobody asks. */
const { exaggerate } = avatarSchema.parse({});
/** Pixels of a drawn head that is put over a face. */
const headSize = 256;

/** What a face was doing in one frame, and what the expression network said of it. */
interface Moves {
  readonly weights: Float32Array;
  readonly pose: HeadPose;
  readonly expression: ExpressionLabel;
}

/** How the drawn heads say the same as the faces that moved them. */
export interface Kept {
  /** Faces of frames that were compared. */
  readonly n: number;
  /** Share in which the emotion on the avatar is that of the face; absent where n is 0. */
  readonly sameEmotion?: number;
}

/** Reads how the faces of a clip move, and puts drawn heads that move like them in their place. */
export class FaceAnimator {
  readonly #shapes: ReturnType<typeof createBlendShapeReader>;
  readonly #expression: ReturnType<typeof createExpressionReader>;
  readonly #judge: AvatarJudge;
  readonly #open: (track: number) => Promise<AvatarRenderer>;
  /** By track and index of the frame. */
  readonly #moves = new Map<number, Map<number, Moves>>();
  readonly #neutrals = new Map<number, PersonNeutral>();
  readonly #actors = new Map<number, { renderer: AvatarRenderer; face: FaceRetargeter }>();
  #compared = 0;
  #same = 0;

  private constructor(parts: {
    shapes: ReturnType<typeof createBlendShapeReader>;
    expression: ReturnType<typeof createExpressionReader>;
    judge: AvatarJudge;
    open: (track: number) => Promise<AvatarRenderer>;
  }) {
    this.#shapes = parts.shapes;
    this.#expression = parts.expression;
    this.#judge = parts.judge;
    this.#open = parts.open;
  }

  /** @param first a head for the first face; others get the ones of the cast after it */
  static async create(models: Models, first: string): Promise<FaceAnimator> {
    const heads = await avatarsFrom(models.folders, first);
    // What is none is told now.
    await openHead(heads[0]!);
    return new FaceAnimator({
      shapes: createBlendShapeReader(await models.load("blend-shapes")),
      expression: createExpressionReader(await models.load("expression")),
      judge: createAvatarJudge(await models.load("avatar-emotion")),
      open: async (track) => new AvatarRenderer(await openHead(heads[(track - 1) % heads.length]!), headSize),
    });
  }

  /** Remembers what the faces of a frame do. */
  async read(
    frame: Frame,
    faces: readonly { readonly track: number; readonly landmarks: Landmarks }[],
  ): Promise<void> {
    const rigged = faces.map(({ landmarks }) => ({ landmarks, square: faceSquare(landmarks) }));
    const weights = await this.#shapes.read(frame, rigged);
    const said = await this.#expression.read(rigged.map(({ square }) => ({ picture: frame, square })));
    for (const [i, { track, landmarks }] of faces.entries()) {
      const moves = this.#moves.get(track) ?? new Map<number, Moves>();
      const expression = likeliest(said[i]!);
      this.#neutralOf(track).learn(weights[i]!, said[i]!.neutral);
      moves.set(frame.index, { weights: weights[i]!, pose: headPose(landmarks), expression });
      this.#moves.set(track, moves);
    }
  }

  /** Covers a region, and draws the head of its track over it; a region without a track is only covered. */
  async cover(frame: Frame, cover: Cover): Promise<void> {
    coverRegion(frame, cover, "blur");
    if (cover.track === undefined) return;
    let actor = this.#actors.get(cover.track);
    if (!actor) {
      actor = {
        renderer: await this.#open(cover.track),
        face: new FaceRetargeter(this.#neutralOf(cover.track), exaggerate),
      };
      this.#actors.set(cover.track, actor);
    }
    const { renderer, face } = actor;
    const moves = this.#moves.get(cover.track)?.get(frame.index);
    const { timeMs } = frame;
    const rgb = renderer.draw(moves ? face.next({ timeMs, ...moves, poor: false }) : face.rest(timeMs));
    paintHead(frame, cover, { size: headSize, rgb, alpha: renderer.alpha() });
    if (!moves) return;
    const [seen] = await this.#judge.read([{ size: headSize, rgb }]);
    this.#compared++;
    if (likeliest(seen!) === moves.expression) this.#same++;
  }

  #neutralOf(track: number): PersonNeutral {
    const neutral = this.#neutrals.get(track) ?? new PersonNeutral(this.#shapes.neutral);
    this.#neutrals.set(track, neutral);
    return neutral;
  }

  get kept(): Kept {
    const n = this.#compared;
    return { n, ...(n > 0 && { sameEmotion: Math.round((1000 * this.#same) / n) / 1000 }) };
  }
}

function likeliest(probabilities: ExpressionProbabilities): ExpressionLabel {
  const entries = Object.entries(probabilities) as [ExpressionLabel, number][];
  return entries.reduce((best, entry) => (entry[1] > best[1] ? entry : best))[0];
}
