import { fuse } from "./fuse.ts";
import { definePipeline } from "./pipeline.ts";
import { nothing, pipe } from "./stage.ts";
import { soundRateHz, speech } from "./speech.ts";
import { visual } from "./visual.ts";

/**
 * The multimodal pipeline (thesis, figure of pipeline 2): faces are followed and read, sound is heard beside them, both are
 * joined on the media clock and brought together to one emotion for each face.
 */
export const multimodal = definePipeline("multimodal", (networks, options, meter) => {
  const { man, voice, speech: emotions } = networks;
  const { timing, emotionSmoothingMs } = options;
  const readFaces = pipe(visual(networks, options, meter), timing.align(emotionSmoothingMs));
  const ears = voice && emotions && { voice, speech: emotions };
  const hearVoices = ears && speech(ears, meter);
  const bringTogether = fuse(timing.createFuser(man, meter, options));
  return {
    soundRateHz: ears && soundRateHz(ears),
    moments: ({ frames, sound }) =>
      bringTogether(timing.join(readFaces(frames), hearVoices && sound ? hearVoices(sound) : nothing)),
  };
});
