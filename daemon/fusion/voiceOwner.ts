import type { VoiceWindow } from "../speech/activity.ts";
import { mouthOpening, spread, togetherness } from "./mouth.ts";

/** When a voice belongs to a face; measured by test/eval/voiceOwner.ts. */
const ownerRules = Object.freeze({
  /** Mouth and voice are compared over the last 3 s. */
  spanMs: 3000,
  /** A mouth moves if the standard deviation of its opening is at least this, in inter-ocular distances. */
  minSpread: 0.01,
  /** Share of the comparison before in the evidence, twice a second. */
  keep: 0.5,
  /** Of several moving mouths, the winner's evidence must reach this, and be so far ahead. */
  sure: 0.25,
  ahead: 0.15,
  /** The only mouth that moves must reach this: the voice may be of somebody out of view. */
  alone: 0.2,
});

interface Mouth {
  readonly timesMs: number[];
  readonly values: number[];
  /** Running mean of the correlations. */
  evidence: number | undefined;
}

/** Finds the face that speaks: its mouth moves, and moves with the voice. Looks at the past only. */
export class VoiceOwner {
  readonly #mouths = new Map<number, Mouth>();
  readonly #voice: { timesMs: number[]; values: number[] } = { timesMs: [], values: [] };

  /** A frame's faces; `landmarks`: x0, y0, ..., x67, y67. */
  see(timeMs: number, faces: readonly { track: number; landmarks: ArrayLike<number> }[]): void {
    for (const { track, landmarks } of faces) {
      let mouth = this.#mouths.get(track);
      if (mouth === undefined)
        this.#mouths.set(track, (mouth = { timesMs: [], values: [], evidence: undefined }));
      mouth.timesMs.push(timeMs);
      mouth.values.push(mouthOpening(landmarks));
    }
    // A clip without sound never asks: what is much too old goes here.
    this.#forget(timeMs - 2 * ownerRules.spanMs);
  }

  /** What was heard since the call before; what is no voice counts as silence. */
  hear(windows: readonly VoiceWindow[]): void {
    for (const { startMs, endMs, voiced, levelDb } of windows) {
      this.#voice.timesMs.push((startMs + endMs) / 2);
      this.#voice.values.push(voiced ? 10 ** (levelDb / 20) : 0);
    }
  }

  /** The track that speaks at `endMs`, after all that was seen and heard until then; undefined when unsure. */
  owner(endMs: number): number | undefined {
    const startMs = endMs - ownerRules.spanMs;
    this.#forget(startMs);
    const moving: { track: number; evidence: number }[] = [];
    for (const [track, mouth] of this.#mouths) {
      const now = togetherness(mouth, this.#voice, startMs, endMs);
      if (now === undefined) continue;
      const { evidence: before = now } = mouth;
      const evidence = ownerRules.keep * before + (1 - ownerRules.keep) * now;
      mouth.evidence = evidence;
      if (spread(mouth, startMs, endMs) >= ownerRules.minSpread) moving.push({ track, evidence });
    }
    const [first, second] = moving.sort((a, b) => b.evidence - a.evidence);
    if (first === undefined) return undefined;
    const { alone, sure, ahead } = ownerRules;
    const enough = second === undefined ? alone : Math.max(sure, second.evidence + ahead);
    return first.evidence >= enough ? first.track : undefined;
  }

  #forget(beforeMs: number): void {
    for (const [track, mouth] of this.#mouths) {
      dropBefore(mouth, beforeMs);
      if (mouth.timesMs.length === 0) this.#mouths.delete(track);
    }
    dropBefore(this.#voice, beforeMs);
  }
}

function dropBefore({ timesMs, values }: { timesMs: number[]; values: number[] }, beforeMs: number): void {
  const kept = timesMs.findIndex((timeMs) => timeMs >= beforeMs);
  const gone = kept < 0 ? timesMs.length : kept;
  timesMs.splice(0, gone);
  values.splice(0, gone);
}
