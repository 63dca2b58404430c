import { createSpeakerReader } from "../speech/speaker.ts";
import { VoicePrints } from "../speech/voicePrints.ts";
import { fuse } from "./fuse.ts";
import { definePipeline } from "./pipeline.ts";
import { nothing, pipe } from "./stage.ts";
import { soundRateHz, speech } from "./speech.ts";
import { visual } from "./visual.ts";
import { tellVoices } from "./voices.ts";

/**
 * The multimodal pipeline (thesis, figure of pipeline 2): faces are followed and read, sound is heard beside them, both are
 * joined on the media clock and brought together to one emotion for each face. At the end of a clip its voices are told apart.
 */
export const multimodal = definePipeline("multimodal", (networks, options, meter) => {
  const { man, voice, speech: emotions, speaker } = networks;
  const { timing, emotionSmoothingMs } = options;
  const readFaces = pipe(visual(networks, options, meter), timing.align(emotionSmoothingMs));
  const ears = voice && emotions && { voice, speech: emotions };
  const prints =
    speaker && new VoicePrints(createSpeakerReader(speaker), (read) => meter.time("speaker", read));
  const hearVoices = ears && speech(ears, meter, prints);
  const bringTogether = fuse(timing.createFuser(man, meter, options));
  return {
    soundRateHz: ears && soundRateHz(ears),
    moments: ({ frames, sound }) =>
      bringTogether(timing.join(readFaces(frames), hearVoices && sound ? hearVoices(sound) : nothing)),
    ...(prints && { finish: () => ({ tracks: new Map(), ...tellVoices(prints, options.voices) }) }),
  };
});
