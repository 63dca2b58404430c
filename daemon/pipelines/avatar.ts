import { castNames, openAvatar } from "../avatar/cast.ts";
import type { AvatarHead } from "../avatar/head.ts";
import { animateFaces } from "./animate.ts";
import { definePipeline } from "./pipeline.ts";
import { pipe } from "./stage.ts";
import { describeFrames, readEmotions, seeFaces } from "./visual.ts";

/**
 * The avatar pipeline (thesis, figure of pipeline 3), with a rig in place of image animation: faces are followed and their
 * emotion read as ever; each face moves a character, and the emotion is read from the character beside it.
 */
export const avatar = definePipeline("avatar", (networks, options, meter, modelsDir) => {
  const { timing, emotionSmoothingMs, onFaceView } = options;
  const heads = (): Promise<AvatarHead[]> => castFrom(modelsDir, options.avatar.name);
  const readFaces = pipe(
    seeFaces(networks, options, meter),
    readEmotions(networks, options, meter),
    animateFaces(networks, { avatar: options.avatar, emotionSmoothingMs, heads, onFaceView }, meter),
    describeFrames,
    timing.align(emotionSmoothingMs),
  );
  return {
    moments: async function* ({ frames }) {
      for await (const frame of readFaces(frames)) yield { frame };
    },
    finish: () => ({
      tracks: new Map(),
      notes: [
        "The emotion on the avatar is what a network that knows drawn characters only sees on the character. It stands beside the emotion of the face, never instead of it.",
      ],
    }),
  };
});

/** The cast from one character on, and round again. Only the first few faces of a clip have one of their own. */
async function castFrom(modelsDir: string, first: string): Promise<AvatarHead[]> {
  const names = await castNames(modelsDir);
  const at = names.indexOf(first);
  // Says which names there are.
  if (at < 0) return [await openAvatar(modelsDir, first)];
  const order = [...names.slice(at), ...names.slice(0, at)].slice(0, charactersAtOnce);
  return Promise.all(order.map((name) => openAvatar(modelsDir, name)));
}

const charactersAtOnce = 4;
