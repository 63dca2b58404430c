import type { VisualFrame } from "./seen.ts";
import type { SpeechStep } from "./speech.ts";

/** A frame, a step of speech, or that no sound comes any more. */
export type Happening =
  { readonly frame: VisualFrame } | { readonly sound: SpeechStep } | { readonly silence: true };

/** Frames and steps of speech as one stream; at most one of each waits. */
export type Join = (
  frames: AsyncIterable<VisualFrame>,
  steps: AsyncIterable<SpeechStep>,
) => AsyncIterable<Happening>;

/**
 * For clips: of both, what comes first on the media clock is taken first, a step of speech by its end.
 */
export async function* inOrder(
  frames: AsyncIterable<VisualFrame>,
  steps: AsyncIterable<SpeechStep>,
): AsyncGenerator<Happening, void, undefined> {
  const seen = frames[Symbol.asyncIterator]();
  const heard = steps[Symbol.asyncIterator]();
  try {
    let [frame, step] = [await seen.next(), await heard.next()];
    if (step.done === true) yield { silence: true };
    while (frame.done !== true || step.done !== true) {
      if (step.done !== true && (frame.done === true || step.value.endMs <= frame.value.line.timeMs)) {
        yield { sound: step.value };
        step = await heard.next();
        if (step.done === true) yield { silence: true };
      } else if (frame.done !== true) {
        yield { frame: frame.value };
        frame = await seen.next();
      }
    }
  } finally {
    await Promise.all([seen.return?.(), heard.return?.()]);
  }
}

/** For live sources: what is there is taken; neither waits for the other. */
export async function* asTheyCome(
  frames: AsyncIterable<VisualFrame>,
  steps: AsyncIterable<SpeechStep>,
): AsyncGenerator<Happening, void, undefined> {
  const seen = frames[Symbol.asyncIterator]();
  const heard = steps[Symbol.asyncIterator]();
  const pictures = async () => {
    const next = await seen.next();
    return next.done === true ? undefined : { frame: next.value };
  };
  const sound = async () => {
    const next = await heard.next();
    return next.done === true ? undefined : { sound: next.value };
  };
  /** What was asked of a source and has not come, by the source. */
  const asked = new Map([pictures, sound].map((source: Source) => [source, answerOf(source)]));
  try {
    while (asked.size > 0) {
      const { source, happening } = await Promise.race(asked.values());
      asked.delete(source);
      if (happening !== undefined) {
        yield happening;
        asked.set(source, answerOf(source));
      } else if (source === sound) yield { silence: true };
    }
  } finally {
    // Not awaited: a source that stands still is ended by whoever opened it.
    for (const iterator of [seen, heard]) iterator.return?.().catch(() => undefined);
  }
}

type Source = () => Promise<Happening | undefined>;

function answerOf(source: Source): Promise<{ source: Source; happening: Happening | undefined }> {
  const answer = source().then((happening) => ({ source, happening }));
  // It is awaited later; until then its failure is no unhandled one.
  answer.catch(() => undefined);
  return answer;
}
