import assert from "node:assert/strict";
import { durationText, secondsLeft } from "../../shared/durations.ts";
import type { Job } from "../../shared/protocol/jobs.ts";

describe("what is left of a job", () => {
  const startedAt = "2026-11-27T10:00:00.000Z";
  const after = (seconds: number) => Date.parse(startedAt) + 1000 * seconds;
  const job = (share?: number): Job => ({
    ...{ id: "00000000-0000-4000-8000-000000000001", kind: "analysis", state: "running", request: {} },
    ...{ createdAt: startedAt, startedAt, priority: 0, owner: "" },
    progress: { text: "", ...(share !== undefined && { share }) },
  });
  const cases: [what: string, job: Job, seconds: number, left: string][] = [
    ["as long again at half", job(0.5), 30, "30 s"],
    ["minutes from a minute and a half on", job(0.25), 60, "3 min"],
    ["nothing at the very beginning", job(0.01), 60, ""],
    ["nothing where the share is not known", job(), 60, ""],
    ["nothing more at the end", job(1), 60, "0 s"],
    ["hours from an hour and a half on", job(0.1), 1200, "3 h"],
    ["days from two days on", job(0.02), 7200, "4 days"],
    ["nothing negative where clocks differ", job(0.5), -300, "0 s"],
  ];
  for (const [what, running, seconds, left] of cases)
    it(`says that there is ${what}`, () =>
      assert.equal(durationText(secondsLeft(running, after(seconds))), left));
});
