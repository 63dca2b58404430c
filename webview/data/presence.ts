import { sampleAt } from "./series.ts";

/** When each face is in the picture, in one piece from its first frame to the end of its last one or a cut. */
export class Presence {
  readonly #cutsMs: ReadonlySet<number>;
  readonly #runs = new Map<number, { startMs: number[]; endMs: number[] }>();

  /** @param cutsMs times of the first frames of new scenes */
  constructor(cutsMs: Iterable<number>) {
    this.#cutsMs = new Set(cutsMs);
  }

  /** A frame of this face, in order of time. */
  add(track: number, startMs: number, endMs: number): void {
    let runs = this.#runs.get(track);
    if (runs === undefined) this.#runs.set(track, (runs = { startMs: [], endMs: [] }));
    if (runs.endMs.at(-1) === startMs && !this.#cutsMs.has(startMs))
      runs.endMs[runs.endMs.length - 1] = endMs;
    else {
      runs.startMs.push(startMs);
      runs.endMs.push(endMs);
    }
  }

  /** Until when the face that is there at `timeMs` stays; `undefined` where it is not there. */
  endOf(track: number, timeMs: number): number | undefined {
    const runs = this.#runs.get(track);
    if (runs === undefined) return undefined;
    const endMs = runs.endMs[sampleAt(Float64Array.from(runs.startMs), timeMs)];
    return endMs !== undefined && timeMs < endMs ? endMs : undefined;
  }
}

/**
 * Each line with the time until which it counts: when the next one of a later time begins. Lines of one time, of several
 * faces, end together. The last ones last as long as the step before them, and no longer than `endMs`.
 */
export async function* untilNext<Line extends { readonly timeMs: number }>(
  lines: AsyncIterable<Line>,
  endMs: number,
): AsyncGenerator<{ readonly line: Line; readonly untilMs: number }> {
  let step: Line[] = [];
  let stepMs = Infinity;
  for await (const line of lines) {
    const startMs = step[0]?.timeMs;
    if (startMs !== undefined && line.timeMs > startMs) {
      stepMs = line.timeMs - startMs;
      for (const one of step) yield { line: one, untilMs: line.timeMs };
      step = [];
    }
    step.push(line);
  }
  for (const line of step) {
    const untilMs = Math.min(line.timeMs + stepMs, Math.max(endMs, line.timeMs + 1));
    yield { line, untilMs };
  }
}
