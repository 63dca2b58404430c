import { expressionLabels, type ExpressionLabel } from "../../shared/emotion/labels.ts";
import { scoresOfCounts } from "../../shared/stats/classification.ts";
import { uarInterval } from "../../shared/stats/intervals.ts";
import type { AvatarSettings } from "../../shared/protocol/avatarSettings.ts";
import { atRest, type AvatarState } from "../../shared/avatar/head.ts";
import { createAvatarJudge } from "../avatar/judge.ts";
import { displaysOf } from "../avatar/displays.ts";
import { FaceRetargeter, PersonNeutral } from "../avatar/retarget.ts";
import { openCast } from "../pipelines/avatarCast.ts";
import { loadNetworks } from "../pipelines/networks.ts";
import { readPicture, type StillPicture } from "../media/picture.ts";
import { createBlendShapeReader } from "../vision/blendShapes.ts";
import type { Crop } from "../vision/crop.ts";
import { createExpressionReader, type ExpressionProbabilities } from "../vision/expression.ts";
import { createEyeStateReader, eyeAspectRatio } from "../vision/eyes.ts";
import { faceSquare, type Landmarks } from "../vision/faceSquare.ts";
import { bothEyes, createGazeReader } from "../vision/gaze.ts";
import { headPose } from "../vision/headPose.ts";
import { createLandmarker } from "../vision/landmarks.ts";
import { evaluateClasses } from "./classes.ts";
import type { PictureReaderOptions } from "./pictureReaders.ts";
import { createFaceFinder, detectionSize } from "../vision/faceFinder.ts";

/** Pictures that are the face already are worked on at this size at most. */
const cropSize = { width: 256, height: 256, fit: "outside" } as const;

/**
 * Measures what of an emotion survives on an avatar: each face of the set moves it, the emotion is read on it. Beside that stand
 * the expression network on the same faces (`direct`), the neutral avatar (`floor`), which says the same of every face, and the
 * avatar in known displays of the set's emotions (`ceiling`); `relative` is the mean recall as a share of the ceiling's.
 */
export async function evaluateAvatar(
  folder: string,
  settings: AvatarSettings,
  options: PictureReaderOptions,
) {
  const { models } = options;
  const judge = createAvatarJudge(await models.load("avatar-emotion"));
  const shapes = createBlendShapeReader(await models.load("blend-shapes"));
  const expression = createExpressionReader(await models.load("expression"));
  const eyes = createEyeStateReader(await models.load("eye-state"));
  const gazes = createGazeReader(await models.load("gaze"));
  const findFace = await createFinder(options);
  const networks = await loadNetworks(models, { needs: [], uses: ["animation-source", "animation"] });
  const animator = await openCast(networks, settings, models.folders).animatorOf(0);
  const judged = async (state: AvatarState): Promise<ExpressionProbabilities> =>
    (await judge.read([{ size: animator.size, rgb: await animator.draw(state) }]))[0]!;
  const nobody = await judged(atRest);
  const direct = new Map<string, ExpressionProbabilities>();
  const onAvatar = async (file: string): Promise<ExpressionProbabilities | undefined> => {
    const found = await findFace(file);
    if (!found) return undefined;
    const { picture, landmarks } = found;
    const square = faceSquare(landmarks);
    direct.set(file, (await expression.read([{ picture, square }]))[0]!);
    const faces = [{ picture, landmarks, square, roll: square.roll }];
    const [weights] = await shapes.read(picture, faces);
    const [open] = await eyes.read(faces);
    const [looks] = await gazes.read(faces);
    const eye = (side: "right" | "left") => ({ open: open![side], ear: eyeAspectRatio(landmarks, side) });
    const reading = {
      ...{ timeMs: 0, weights: weights!, pose: headPose(landmarks), poor: false },
      ...{ eyes: { right: eye("right"), left: eye("left") }, gaze: bothEyes(looks!, open) },
    };
    const usual = new PersonNeutral(shapes.neutral);
    return judged(new FaceRetargeter(usual, settings.exaggerate).next(reading));
  };
  const measure = (read: (file: string) => Promise<ExpressionProbabilities | undefined>) =>
    evaluateClasses(folder, { known: expressionLabels, labels: expressionLabels, read }, options);
  const result = await measure(onAvatar);
  const besides = async (read: (file: string) => ExpressionProbabilities | undefined) => {
    const { accuracy, accuracyInterval, uar, perClass } = await measure((file) =>
      Promise.resolve(read(file)),
    );
    return { accuracy, accuracyInterval, uar, uarInterval: uarInterval(Object.values(perClass)) };
  };
  const ceiling = await ceilingOf(result.labels as ExpressionLabel[], judged);
  return {
    engine: animator.engine,
    avatar: settings.name,
    ...result,
    uarInterval: uarInterval(Object.values(result.perClass)),
    relative: result.uar / ceiling.uar,
    ceiling,
    direct: await besides((file) => direct.get(file)),
    floor: await besides((file) => (direct.has(file) ? nobody : undefined)),
    notes: [
      ...result.notes,
      "The emotion on the avatar is judged by a network that has seen drawn characters only; the ceiling is what it reads on this avatar in known displays of the emotions.",
    ],
  };
}

/** What is read on the avatar when it is put into displays of these emotions. */
async function ceilingOf(
  labels: readonly ExpressionLabel[],
  judged: (state: AvatarState) => Promise<ExpressionProbabilities>,
) {
  const counts = labels.map(() => labels.map(() => 0));
  for (const [row, label] of labels.entries())
    for (const state of displaysOf(label)) {
      const said = await judged(state);
      const best = labels.reduce((a, b) => (said[b] > said[a] ? b : a));
      counts[row]![labels.indexOf(best)]!++;
    }
  const { n, accuracy, uar, perClass } = scoresOfCounts(counts);
  return { n, accuracy, uar, uarInterval: uarInterval(perClass), confusion: counts };
}

/** Landmarks of a picture: of the face that is found in it, or of the picture as the face. */
async function createFinder({ models, faces, ...context }: PictureReaderOptions) {
  const find = await createFaceFinder(models);
  const landmarker = createLandmarker(await models.load("landmarks"));
  return async (file: string): Promise<{ picture: StillPicture; landmarks: Landmarks } | undefined> => {
    const atMost = faces === "crop" ? cropSize : detectionSize;
    const picture = await readPicture(file, { ...context, atMost });
    if (faces === "detect") {
      const face = await find(picture);
      return face && { picture, landmarks: face.landmarks };
    }
    // Faces of such sets fill their picture; the chin is often cut.
    let square: Crop = {
      ...{ cx: picture.width / 2, cy: 0.54 * picture.height, side: 0.86 * picture.width, roll: 0 },
    };
    let landmarks: Landmarks | undefined;
    for (let round = 0; round < 2; round++) {
      landmarks = (await landmarker.read(picture, [square]))[0]!.landmarks;
      square = faceSquare(landmarks);
    }
    return { picture, landmarks: landmarks! };
  };
}
