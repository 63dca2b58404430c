import { createReadStream } from "node:fs";

/** Where each line of a file of lines begins, and its time. */
export interface LineIndex {
  /** Byte offsets of the lines, and the end of the last one: one more than there are times. */
  readonly offsets: readonly number[];
  readonly timesMs: readonly number[];
}

const newline = 10;
/** The time stands among the first fields of a line. */
const headBytes = 200;

/**
 * Reads through a file once, looking for line ends and the time field of each line only. A last line without its end is
 * left out.
 */
export async function indexLines(file: string): Promise<LineIndex> {
  const offsets = [0];
  const timesMs: number[] = [];
  let at = 0;
  let head = "";
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(newline, start);
      const stop = end === -1 ? chunk.length : end;
      if (head.length < headBytes) head += chunk.toString("latin1", start, Math.min(stop, start + headBytes));
      if (end === -1) break;
      timesMs.push(Number(/"(?:timeMs|startMs)":(-?[\d.eE+-]+)/.exec(head)?.[1] ?? 0));
      offsets.push(at + end + 1);
      head = "";
      start = end + 1;
    }
    at += chunk.length;
  }
  return { offsets, timesMs };
}

/** The first of ascending times that is not before `timeMs`. */
export function firstNotBefore(timesMs: readonly number[], timeMs: number): number {
  return firstWhere(timesMs, (time) => time >= timeMs);
}

/** The first of ascending times that is after `timeMs`. */
export function firstAfter(timesMs: readonly number[], timeMs: number): number {
  return firstWhere(timesMs, (time) => time > timeMs);
}

function firstWhere(timesMs: readonly number[], holds: (timeMs: number) => boolean): number {
  let low = 0;
  let high = timesMs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(timesMs[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}
