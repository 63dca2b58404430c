import { diarise, leastVoiceMs, mostVoices } from "../speech/diarise.ts";
import type { VoicePrints } from "../speech/voicePrints.ts";
import type { Ending } from "./pipeline.ts";

/** Who speaks when in a clip that was heard to its end, and what a user should know of it. */
export function tellVoices(
  { prints, voiceGains }: VoicePrints,
  voices: number | undefined,
): Pick<Ending, "turns" | "notes"> {
  const found = diarise(prints, { voiceGains, voices });
  if (found === undefined)
    return {
      notes:
        prints.length === 0
          ? []
          : [`There is less than ${leastVoiceMs / 1000} s of voice: who speaks was not told apart.`],
    };
  const { turns, voices: count } = found;
  const how =
    voices === undefined
      ? `the number is estimated, and never more than ${mostVoices}; --voices says how many there are`
      : `${voices} were asked for`;
  return {
    turns,
    notes: [
      `${count === 1 ? "One voice is heard" : `${count} voices are told apart by their sound`}: ${how}. Numbers of voices hold for this clip alone; where several speak at once, one of them is heard.`,
    ],
  };
}
