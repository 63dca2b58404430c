import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { expressionLabels } from "../../shared/emotion/labels.ts";
import type { FrameLine } from "../../shared/protocol/results.ts";
import type { ClipSpan, Participant, Study } from "../../shared/protocol/studyFile.ts";
import { normalQuantile } from "../../shared/stats/distributions.ts";
import { seededRandom } from "../../shared/stats/random.ts";
import { syntheticAnalysis, syntheticFrames } from "./syntheticResult.ts";

/** What is true of the population: mean happiness of each condition, at rest, and how far people and clips differ from it. */
export const truth = {
  conditions: { comedy: 0.6, news: 0.3, drama: 0.15 },
  rest: 0.1,
  betweenPeople: 0.05,
  betweenClips: 0.03,
  /** A smile that starts here in each comedy clip is this much stronger for a second. */
  joke: { startMs: 1000, endMs: 2000, name: "joke", more: 0.2 },
} as const;

export type ConditionName = keyof typeof truth.conditions;
const frameRate = 25;
const durationMs = 4000;

/** Draws people: how happy each looks at rest and in each condition. */
export function drawStudy(n: number, seed: number): { rest: number; happy: Record<ConditionName, number> }[] {
  const random = seededRandom(seed);
  const normal = () => normalQuantile(Math.min(1 - 1e-9, Math.max(1e-9, random())));
  return Array.from({ length: n }, () => {
    const person = truth.betweenPeople * normal();
    const happy = Object.fromEntries(
      Object.entries(truth.conditions).map(([name, mean]) => [
        name,
        mean + person + truth.betweenClips * normal(),
      ]),
    ) as Record<ConditionName, number>;
    return { rest: truth.rest + person, happy };
  });
}

/** A study folder of `n` people who saw three conditions after a clip at rest: nobody's happiness is known but by its clips. */
export async function writeConditionStudy(folder: string, { n = 12, seed = 1 } = {}): Promise<Study> {
  const participants: Participant[] = [];
  let made = 0;
  const clip = async (happy: number, joke: boolean): Promise<string> => {
    const id = `00000000-0000-4000-8000-${String(++made).padStart(12, "0")}`;
    await writeClip(path.join(folder, "analyses", id), id, happy, joke);
    return id;
  };
  for (const [i, { rest, happy }] of drawStudy(n, seed).entries()) {
    const id = `p${String(i + 1).padStart(2, "0")}`;
    const analyses: Participant["sessions"][number]["analyses"] = [
      { id: await clip(rest, false), role: "baseline" },
    ];
    for (const condition of Object.keys(truth.conditions) as ConditionName[]) {
      const joke = condition === "comedy";
      const { startMs, endMs, name } = truth.joke;
      const spans: ClipSpan[] = [{ startMs, endMs, name }];
      analyses.push({
        ...{
          id: await clip(happy[condition], joke),
          role: "stimulus",
          condition,
          stimulus: `${condition} 1`,
        },
        ...(joke && { spans }),
      });
    }
    participants.push({
      id,
      createdAt: "2026-03-01T09:00:00Z",
      covariates: { age: 20 + i },
      sessions: [{ id: `${id}-s1`, startedAt: "2026-03-02T09:00:00Z", analyses, recordings: [] }],
    });
  }
  const study: Study = {
    ...{ schemaVersion: 1, id: "conditions", name: "Three conditions" },
    createdAt: "2026-03-01T08:00:00Z",
    consentVersions: [],
    participants,
  };
  await writeFile(path.join(folder, "study.json"), JSON.stringify(study));
  return study;
}

async function writeClip(folder: string, id: string, happy: number, joke: boolean): Promise<void> {
  const analysis = syntheticAnalysis({ id, durationMs, frameRate });
  const frames = syntheticFrames({ durationMs, frameRate }).map((line): FrameLine => {
    const more = joke && line.timeMs >= truth.joke.startMs && line.timeMs < truth.joke.endMs;
    // A little wave, whose mean over the clip is 0.
    const wave = 0.02 * Math.sin((2 * Math.PI * line.timeMs) / 1000);
    const p = Math.min(0.97, Math.max(0, happy + wave + (more ? truth.joke.more : 0)));
    const rest = (1 - p) / (expressionLabels.length - 1);
    const emotion = Object.fromEntries(
      expressionLabels.map((label) => [label, label === "happy" ? p : rest]),
    ) as Record<(typeof expressionLabels)[number], number>;
    return { ...line, faces: line.faces.map((face) => ({ ...face, state: "ok", emotion })) };
  });
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, "analysis.json"), JSON.stringify(analysis));
  await writeFile(
    path.join(folder, "frames.jsonl"),
    frames.map((line) => `${JSON.stringify(line)}\n`).join(""),
  );
}
