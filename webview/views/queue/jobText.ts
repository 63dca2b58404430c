import { durationText, secondsLeft } from "../../../shared/durations.ts";
import type { Job } from "../../../shared/protocol/jobs.ts";

/** How long it waits, has left, or took. @param nowMs by the clock of the database */
export function timeText(job: Job, nowMs: number): string {
  const { state, createdAt, startedAt, finishedAt } = job;
  const between = (from: string, toMs: number) => durationText(Math.max(0, toMs - Date.parse(from)) / 1000);
  if (state === "queued") return `waits ${between(createdAt, nowMs)}`;
  if (state === "running") {
    const left = secondsLeft(job, nowMs);
    if (left !== undefined) return `${durationText(left)} left`;
    return startedAt === undefined ? "" : `for ${between(startedAt, nowMs)}`;
  }
  return startedAt === undefined || finishedAt === undefined
    ? ""
    : between(startedAt, Date.parse(finishedAt));
}
