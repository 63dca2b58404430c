import { fusedLabels, speechLabels, type FusedLabel, type SpeechLabel } from "../../shared/emotion/labels.ts";
import type {
  FusedLine,
  HeardVoice,
  SpeechLine,
  Track,
  VoiceSummary,
} from "../../shared/protocol/results.ts";
import { round } from "../../shared/round.ts";
import type { SpeechStep } from "../pipelines/speech.ts";
import type { VoiceTurn } from "../speech/diarise.ts";
import { dominant } from "./tracks.ts";

/** What is told of the voice over the clip, gathered segment by segment. */
export class VoiceSums {
  readonly #mean = new Means<SpeechLabel>(speechLabels);
  #voicedMs = 0;
  #segments = 0;

  push(step: SpeechStep, line: SpeechLine | undefined): void {
    for (const { voiced, startMs, endMs } of step.windows) if (voiced) this.#voicedMs += endMs - startMs;
    if (line === undefined || line.state === "no_speech") return;
    this.#segments++;
    if (line.state === "ok" && line.probabilities) this.#mean.add(line.probabilities);
  }

  /** Segments with voice in them. */
  get segments(): number {
    return this.#segments;
  }

  finish(): VoiceSummary {
    const meanEmotion = this.#mean.finish();
    return {
      voicedMs: round(this.#voicedMs, 0),
      trustedSegments: this.#mean.count,
      ...(meanEmotion && { meanEmotion, dominant: dominant(meanEmotion) }),
    };
  }
}

/** A segment of speech is a voice's that has this share of what is said in it. */
const segmentShare = 2 / 3;
/** A voice is a face's whose mouth moves in so many of its segments, and in this share of those with a moving mouth. */
const [leastOwned, ownedShare] = [3, 2 / 3];

/** What is told of each voice that was told apart. */
export class HeardVoices {
  readonly #turns: readonly VoiceTurn[];
  readonly #voices = new Map<number, { mean: Means<SpeechLabel>; owned: Map<number, number> }>();
  /** First turn that a segment may still touch. */
  #from = 0;

  /** @param turns in order */
  constructor(turns: readonly VoiceTurn[]) {
    this.#turns = turns;
    for (const { voice } of turns)
      if (!this.#voices.has(voice))
        this.#voices.set(voice, { mean: new Means(speechLabels), owned: new Map() });
  }

  /** The segment with its voice, where one has most of what is said in it; in order of time. */
  told(line: SpeechLine): SpeechLine {
    const told: SpeechLine = { ...line };
    delete told.voice;
    const voice = line.state === "no_speech" ? undefined : this.#voiceOf(line);
    return voice === undefined ? told : { ...told, voice };
  }

  add({ voice, state, probabilities, track }: SpeechLine): void {
    const sums = voice === undefined ? undefined : this.#voices.get(voice);
    if (sums === undefined) return;
    if (state === "ok" && probabilities) sums.mean.add(probabilities);
    if (track !== undefined) sums.owned.set(track, (sums.owned.get(track) ?? 0) + 1);
  }

  finish(): HeardVoice[] {
    return Array.from(this.#voices, ([id, { mean, owned }]) => {
      const turns = this.#turns.filter(({ voice }) => voice === id);
      const meanEmotion = mean.finish();
      const track = ownerOf(owned);
      return {
        id,
        voicedMs: round(
          turns.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0),
          0,
        ),
        trustedSegments: mean.count,
        ...(meanEmotion && { meanEmotion, dominant: dominant(meanEmotion) }),
        ...(track !== undefined && { track }),
        turns: turns.map(({ startMs, endMs }): [number, number] => [round(startMs, 0), round(endMs, 0)]),
      };
    }).sort((a, b) => a.id - b.id);
  }

  #voiceOf({ startMs, endMs }: SpeechLine): number | undefined {
    while (this.#from < this.#turns.length && this.#turns[this.#from]!.endMs <= startMs) this.#from++;
    const lasts = new Map<number, number>();
    let whole = 0;
    for (let i = this.#from; i < this.#turns.length && this.#turns[i]!.startMs < endMs; i++) {
      const turn = this.#turns[i]!;
      const here = Math.min(turn.endMs, endMs) - Math.max(turn.startMs, startMs);
      lasts.set(turn.voice, (lasts.get(turn.voice) ?? 0) + here);
      whole += here;
    }
    return Array.from(lasts).find(([, ms]) => ms >= segmentShare * whole)?.[0];
  }
}

function ownerOf(owned: ReadonlyMap<number, number>): number | undefined {
  const whole = [...owned.values()].reduce((a, b) => a + b, 0);
  return Array.from(owned).find(([, count]) => count >= leastOwned && count >= ownedShare * whole)?.[0];
}

/** Mean fused emotion of each track. */
export class FusedSums {
  readonly #tracks = new Map<number, Means<FusedLabel>>();

  push({ track, probabilities }: FusedLine): void {
    if (track === undefined || probabilities === undefined) return;
    let means = this.#tracks.get(track);
    if (means === undefined) this.#tracks.set(track, (means = new Means(fusedLabels)));
    means.add(probabilities);
  }

  of(track: number): Pick<Track, "meanFused" | "dominantFused"> {
    const meanFused = this.#tracks.get(track)?.finish();
    return meanFused ? { meanFused, dominantFused: dominant(meanFused) } : {};
  }
}

class Means<Label extends string> {
  readonly #sums: Record<Label, number>;
  #count = 0;

  constructor(labels: readonly Label[]) {
    this.#sums = Object.fromEntries(labels.map((label) => [label, 0])) as Record<Label, number>;
  }

  get count(): number {
    return this.#count;
  }

  add(values: Readonly<Record<Label, number>>): void {
    this.#count++;
    for (const label of Object.keys(this.#sums) as Label[]) this.#sums[label] += values[label];
  }

  finish(): Record<Label, number> | undefined {
    if (this.#count === 0) return undefined;
    const means = { ...this.#sums };
    for (const label of Object.keys(means) as Label[]) means[label] = round(means[label] / this.#count, 4);
    return means;
  }
}
