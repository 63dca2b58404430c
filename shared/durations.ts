import type { Job } from "./protocol/jobs.ts";

/** What is left of a job that runs, from its pace so far, seconds; undefined before a fiftieth is done. */
export function secondsLeft({ progress, startedAt }: Job, nowMs: number): number | undefined {
  const done = progress?.share ?? 0;
  if (startedAt === undefined || done < 0.02) return undefined;
  return (Math.max(0, nowMs - Date.parse(startedAt)) / 1000) * ((1 - done) / done);
}

/** A duration as people say it, as exact as it needs to be; nothing where it is not known. */
export function durationText(seconds: number | undefined): string {
  if (seconds === undefined) return "";
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  return seconds < 48 * 3600 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`;
}
