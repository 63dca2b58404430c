import type { RedactionSummary } from "./protocol/redaction.ts";
import { counted } from "./text/counted.ts";

const words = { recognition: "face recognition", appearance: "light, hair and clothes" };

/** What a copy without faces is, and what can still be seen in it, for people: the same on page, in VS Code and on the terminal. */
export function redactionSentences({
  frames,
  coveredFrames,
  bridgedFrames,
  tracks,
  voice,
  check,
  kept,
}: RedactionSummary): string[] {
  return [
    `${coveredFrames} of ${counted(frames, "frame")} covered (${bridgedFrames} of them where only a neighbour showed the face).`,
    ...tracks.map(
      ({ track, firstMs, lastMs, kept: asItIs }) =>
        `Face ${track}, ${seconds(firstMs)} to ${seconds(lastMs)} s: ${asItIs ? "kept" : "covered"}.`,
    ),
    ...(kept?.sameEmotion === undefined
      ? []
      : [
          `The avatars show the emotion that the expression network saw on the faces in ${Math.round(100 * kept.sameEmotion)} % of ${counted(kept.n, "face")} of frames.`,
        ]),
    voice === "pitch" ? "Voices are lower; who has the copy can turn that back." : `Voice: ${voice}.`,
    "Metadata, chapters and other streams are left behind. Tattoos, clothes, names and places are not looked for.",
    check.recognisable > 0
      ? `CHECK: like a face of the clip: ${counted(check.recognisable, "finding")}. Look at ${seconds(check.mostLike?.timeMs ?? 0)} s before you share it.`
      : `Check: nothing in ${counted(check.frames, "frame")} looks like a face of the clip${check.mostLike ? ` (greatest likeness ${check.mostLike.likeness} by ${words[check.mostLike.by ?? "appearance"]}, counted from ${check.mostLike.from ?? 0.7} on)` : ""}.`,
  ];
}

const seconds = (ms: number): string => (ms / 1000).toFixed(1);
