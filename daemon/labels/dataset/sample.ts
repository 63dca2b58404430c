import path from "node:path";
import type { PlannedLane } from "./plan.ts";

/** A file of the set. */
export interface Sample {
  /** In its part of the set. */
  readonly name: string;
  readonly label: string;
  readonly subject: string;
  readonly clip: string;
  readonly face: number | undefined;
  readonly startMs: number;
  /** Of sounds. */
  readonly endMs?: number;
  readonly agreement: number;
}

/** What could not be made, and why. */
export interface Missed {
  readonly clip: string;
  readonly timeMs: number;
  readonly reason: string;
}

/** A name for a file that says where it is from, and works on every system. */
export function sampleName(
  number: number,
  { clip, face }: PlannedLane,
  timeMs: number,
  ending: string,
): string {
  const stem = path
    .basename(clip)
    .replace(/\.[^.]*$/, "")
    .replace(/[^A-Za-z0-9_-]+/g, "_")
    .slice(0, 60);
  const who = face === undefined ? "" : `-face${face}`;
  return `${String(number).padStart(4, "0")}-${stem}${who}-${String(Math.round(timeMs)).padStart(8, "0")}.${ending}`;
}
