import { openCast } from "./avatarCast.ts";
import { animateFaces } from "./animate.ts";
import { definePipeline } from "./pipeline.ts";
import { pipe } from "./stage.ts";
import { describeFrames, readEmotions, seeFaces } from "./visual.ts";

/**
 * The avatar pipeline (thesis, figure of pipeline 3): faces are followed and their emotion read as ever; each face moves a
 * character, drawn by its rig or as a picture by image animation, and the emotion is read from the character beside it.
 */
export const avatar = definePipeline("avatar", (networks, options, meter, folders) => {
  const { timing, emotionSmoothingMs, onFaceView } = options;
  const cast = openCast(networks, options.avatar, folders);
  const readFaces = pipe(
    seeFaces(networks, options, meter),
    readEmotions(networks, options, meter),
    animateFaces(
      networks,
      { avatar: options.avatar, emotionSmoothingMs, animatorOf: cast.animatorOf, onFaceView },
      meter,
    ),
    describeFrames,
    timing.align(emotionSmoothingMs),
  );
  return {
    moments: async function* ({ frames }) {
      // An avatar that is not there is told before the first face.
      await cast.animatorOf(0);
      for await (const frame of readFaces(frames)) yield { frame };
    },
    finish: () => ({
      tracks: new Map(),
      notes: [
        ...cast.notes,
        ...(options.avatar.relative
          ? [
              "What a face shows at rest moved no avatar and counts as no action unit, as far as it was seen at rest.",
            ]
          : []),
        "The emotion on the avatar is what a network that knows drawn characters only sees on the character. It stands beside the emotion of the face, never instead of it.",
      ],
    }),
  };
});
