import { fusedLabels, speechLabels, type FusedLabel, type SpeechLabel } from "../../shared/emotion/labels.ts";
import type { FusedLine, SpeechLine, Track, VoiceSummary } from "../../shared/protocol/results.ts";
import { round } from "../../shared/round.ts";
import type { SpeechStep } from "../pipelines/speech.ts";
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
