import type { FusedLine, SpeechLine } from "../../shared/protocol/results.ts";
import type { Fusing } from "./fuse.ts";
import type { SpeechStep } from "./speech.ts";
import type { VisualFrame } from "./visual.ts";

/** What happened next in a clip: a frame or a step of speech. */
export interface Moment {
  readonly frame?: VisualFrame;
  readonly sound?: SpeechStep;
  /** Of the step of speech, with the face that speaks. */
  readonly speech?: SpeechLine;
  readonly fused: readonly FusedLine[];
}

/**
 * Joins the two halves of the multimodal pipeline (thesis, figure of pipeline 2) on the media clock: of both, what comes
 * first is taken first, a step of speech by its end. At most one item of each waits, whatever the length of the clip.
 */
export async function* multimodal(
  frames: AsyncIterable<VisualFrame>,
  sound: AsyncIterable<SpeechStep>,
  fuser: Fusing,
): AsyncGenerator<Moment, void, undefined> {
  const seen = frames[Symbol.asyncIterator]();
  const heard = sound[Symbol.asyncIterator]();
  try {
    let [frame, step] = [await seen.next(), await heard.next()];
    if (step.done === true) await fuser.silence();
    while (frame.done !== true || step.done !== true) {
      if (step.done !== true && (frame.done === true || step.value.endMs <= frame.value.line.timeMs)) {
        const { line, fused } = await fuser.hear(step.value);
        yield { sound: step.value, ...(line && { speech: line }), fused };
        step = await heard.next();
        if (step.done === true) yield { fused: await fuser.silence() };
      } else if (frame.done !== true) {
        yield { frame: frame.value, fused: await fuser.see(frame.value.line) };
        frame = await seen.next();
      }
    }
  } finally {
    await Promise.all([seen.return?.(), heard.return?.()]);
  }
}
