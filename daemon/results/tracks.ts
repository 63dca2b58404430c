import { expressionLabels, type ExpressionLabel } from "../../shared/emotion/labels.ts";
import type { AnalysisEvent, FrameLine, Track } from "../../shared/protocol/results.ts";
import { round } from "../../shared/round.ts";
import { BlinkRate } from "./blinkRate.ts";
import { maxBlinkIntervalMs } from "./frameIntervals.ts";
import { Stillness } from "./stillness.ts";

interface Sums {
  readonly firstMs: number;
  lastMs: number;
  frames: number;
  /** Frames with an emotion, and the sum of their probabilities. */
  felt: number;
  readonly emotion: Record<ExpressionLabel, number>;
  /** How long the eyes could be seen. */
  eyesMs: number;
  sawEyes: boolean;
  readonly blinkRate: BlinkRate;
  readonly stillness: Stillness;
}

/** What is told of each face over the clip, gathered frame by frame. */
export class TrackSums {
  readonly #tracks = new Map<number, Sums>();

  push({ timeMs, faces }: FrameLine): void {
    for (const { track, state, eyes, emotion, landmarks } of faces) {
      const sums = this.#tracks.get(track) ?? start(timeMs);
      this.#tracks.set(track, sums);
      const sees = state === "ok" && eyes !== undefined;
      // What is further apart counts as time out of sight: a blink may lie between.
      if (sees && sums.sawEyes && timeMs - sums.lastMs <= maxBlinkIntervalMs) {
        sums.eyesMs += timeMs - sums.lastMs;
        sums.blinkRate.seen(timeMs, timeMs - sums.lastMs);
      }
      sums.sawEyes = sees;
      sums.lastMs = timeMs;
      sums.frames++;
      sums.stillness.push(timeMs, landmarks);
      if (emotion === undefined) continue;
      sums.felt++;
      for (const label of expressionLabels) sums.emotion[label] += emotion[label];
    }
  }

  /** By id. */
  finish(events: readonly AnalysisEvent[]): Track[] {
    return Array.from(this.#tracks, ([id, sums]) => {
      const { firstMs, lastMs, frames, felt, emotion, eyesMs, blinkRate, stillness } = sums;
      const times = events.flatMap(({ kind, track, startMs }) =>
        kind === "blink" && track === id ? [startMs] : [],
      );
      const blinks = times.length;
      return {
        ...{ id, firstMs, lastMs, frames },
        ...(felt > 0 && { meanEmotion: mean(emotion, felt), dominant: dominant(emotion) }),
        ...(eyesMs > 0 && { blinks, blinksPerMinute: round((blinks * 60_000) / eyesMs, 1) }),
        ...blinkRate.finish(times),
        ...(stillness.isStill(blinks) && { still: true }),
      };
    }).sort((a, b) => a.id - b.id);
  }
}

function start(timeMs: number): Sums {
  const emotion = Object.fromEntries(expressionLabels.map((label) => [label, 0]));
  return {
    ...{ firstMs: timeMs, lastMs: timeMs, frames: 0, felt: 0, eyesMs: 0, sawEyes: false },
    blinkRate: new BlinkRate(timeMs),
    stillness: new Stillness(),
    emotion: emotion as Record<ExpressionLabel, number>,
  };
}

function mean(sums: Record<ExpressionLabel, number>, count: number): Record<ExpressionLabel, number> {
  const entries = expressionLabels.map((label) => [label, round(sums[label] / count, 4)]);
  return Object.fromEntries(entries) as Record<ExpressionLabel, number>;
}

/** The label with the greatest value; the first of equal ones. */
export function dominant<Label extends string>(values: Readonly<Record<Label, number>>): Label {
  const labels = Object.keys(values) as Label[];
  return labels.reduce((best, label) => (values[label] > values[best] ? label : best));
}
