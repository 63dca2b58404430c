import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { facetItems, facets, reversedItems, type Facet } from "../../shared/beq/items.ts";
import { indexNames, type IndexName } from "../../shared/beq/indices.ts";
import { expressionLabels, type ExpressionLabel } from "../../shared/emotion/labels.ts";
import type { FrameLine } from "../../shared/protocol/results.ts";
import type { Participant, SelfReport, Study } from "../../shared/protocol/studyFile.ts";
import { normalQuantile } from "../../shared/stats/distributions.ts";
import { seededRandom } from "../../shared/stats/random.ts";
import { syntheticAnalysis, syntheticFrames } from "./syntheticResult.ts";

/** Correlation, in the population, of each index with its facet; every other correlation there is 0. */
export const populationCorrelation = { pos: 0.6, neg: 0.5, imp: 0.3 } as const;

/** Standardised truth of one person. */
export interface SyntheticPerson {
  readonly index: Readonly<Record<IndexName, number>>;
  readonly facet: Readonly<Record<Facet, number>>;
}

const partner: Record<IndexName, Facet> = { pos: "pex", neg: "nex", imp: "str" };

/** Draws people of the population above: normal, and cut off at 2.4 standard deviations to stay on the scale. */
export function drawPeople(n: number, seed: number): SyntheticPerson[] {
  const random = seededRandom(seed);
  const normal = () => {
    for (;;) {
      const z = normalQuantile(Math.min(1 - 1e-9, Math.max(1e-9, random())));
      if (Math.abs(z) < 2.4) return z;
    }
  };
  return Array.from({ length: n }, () => {
    const index = { pos: normal(), neg: normal(), imp: normal() };
    const facet = Object.fromEntries(
      indexNames.map((name) => {
        const r = populationCorrelation[name];
        return [partner[name], r * index[name] + Math.sqrt(1 - r * r) * normal()];
      }),
    ) as Record<Facet, number>;
    return { index, facet };
  });
}

export interface SyntheticStudyOptions {
  readonly n: number;
  readonly seed?: number;
  /** What is done to the people and their files after they are drawn. */
  readonly faces?: (person: number) => number;
  readonly withBaseline?: (person: number) => boolean;
  readonly facet?: (person: number, name: Facet, value: number) => number;
  readonly change?: (study: Study) => void;
  readonly cutoffs?: unknown;
}

/** The id of a clip of the n-th person, from 0. */
export const clipId = (person: number, kind: "rest" | "film"): string =>
  `00000000-0000-4000-8000-${String(person * 2 + (kind === "film" ? 1 : 0)).padStart(12, "0")}`;

/** A study folder with the results of two clips a person: at rest, and moved. */
export async function writeSyntheticStudy(folder: string, options: SyntheticStudyOptions): Promise<Study> {
  const {
    n,
    seed = 1,
    faces = () => 1,
    withBaseline = () => true,
    facet = (_person: number, _name: Facet, value: number) => value,
  } = options;
  const people = drawPeople(n, seed);
  const participants: Participant[] = [];
  for (const [i, person] of people.entries()) {
    const id = `p${String(i + 1).padStart(2, "0")}`;
    const scores = Object.fromEntries(
      facets.map((name) => [name, facet(i, name, 4 + 1.15 * person.facet[name])]),
    ) as Record<Facet, number>;
    const clips = { [clipId(i, "rest")]: "baseline", [clipId(i, "film")]: "stimulus" } as const;
    const linked = Object.entries(clips).filter(([, role]) => role === "stimulus" || withBaseline(i));
    for (const [clip, role] of linked)
      await writeClip(path.join(folder, "analyses", clip), clip, person, role === "baseline", faces(i));
    participants.push({
      id,
      createdAt: "2026-03-01T09:00:00Z",
      covariates: { age: 20 + ((i * 7) % 41) },
      sessions: [
        {
          id: `${id}-s1`,
          startedAt: "2026-03-02T09:00:00Z",
          analyses: linked.map(([clip, role]) => ({ id: clip, role })),
          response: {
            id: `${id}-r1`,
            completedAt: "2026-03-02T10:00:00Z",
            source: "form",
            items: answers(scores),
          },
          recordings: [],
        },
      ],
      selfReports: reports(`${id}-s1`, clipId(i, "film"), i),
    });
  }
  const study: Study = {
    schemaVersion: 1,
    id: "synthetic",
    name: "Synthetic study",
    createdAt: "2026-03-01T08:00:00Z",
    consentVersions: [],
    participants,
  };
  options.change?.(study);
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, "study.json"), JSON.stringify(study));
  if (options.cutoffs !== undefined)
    await writeFile(path.join(folder, "cutoffs.json"), JSON.stringify(options.cutoffs));
  return study;
}

/** Answers whose facet means are the scores, as near as whole numbers come. */
function answers(scores: Readonly<Record<Facet, number>>): number[] {
  const items = new Array<number>(16).fill(4);
  for (const facet of facets) {
    const members = facetItems[facet];
    const sum = Math.round(Math.max(1, Math.min(7, scores[facet])) * members.length);
    members.forEach((item, k) => {
      const keyed = Math.floor(sum / members.length) + (k < sum % members.length ? 1 : 0);
      items[item - 1] = reversedItems.includes(item) ? 8 - keyed : keyed;
    });
  }
  return items;
}

/** Two parts of the film, where the smile and the fear are greatest; one person in five says otherwise of the first. */
function reports(sessionId: string, analysisId: string, i: number): SelfReport[] {
  const other = i % 5 === 0;
  return [
    { sessionId, analysisId, startMs: 1500, endMs: 2500, label: other ? "neutral" : "happy" },
    { sessionId, analysisId, startMs: 5500, endMs: 6500, label: "fear" },
  ];
}

const frameRate = 25;

async function writeClip(
  folder: string,
  id: string,
  person: SyntheticPerson,
  rest: boolean,
  faceShare: number,
): Promise<void> {
  const durationMs = rest ? 2000 : 8000;
  const analysis = syntheticAnalysis({ id, durationMs, frameRate });
  const frames = syntheticFrames({ durationMs, frameRate }).map((line): FrameLine => {
    // A share of the frames has no face: the last ones.
    if (line.timeMs >= faceShare * durationMs) return { ...line, state: "no_face", faces: [] };
    const emotion = rest ? mixed({}) : moved(person, line);
    return { ...line, state: "ok", faces: line.faces.map((face) => ({ ...face, state: "ok", emotion })) };
  });
  await mkdir(folder, { recursive: true });
  const tracks = faceShare > 0 ? analysis.tracks : [];
  await writeFile(path.join(folder, "analysis.json"), JSON.stringify({ ...analysis, tracks }));
  await writeFile(
    path.join(folder, "frames.jsonl"),
    frames.map((line) => `${JSON.stringify(line)}\n`).join(""),
  );
}

/**
 * The film: a slow smile in the first half, slow negative emotion in the second, and surprise that comes and goes from
 * frame to frame all the time. Each is as large as the person's index says, linearly.
 */
function moved(
  { index }: SyntheticPerson,
  { index: frame, timeMs }: FrameLine,
): Record<ExpressionLabel, number> {
  const slow = Math.sin((Math.PI * (timeMs % 4000)) / 4000) ** 2;
  const first = timeMs < 4000;
  const smile = first ? (0.55 + 0.09 * index.pos) * slow : 0;
  const distress = first ? 0 : (0.1 + 0.016 * index.neg) * slow;
  const flicker = frame % 2 === 0 ? 0.09 + 0.018 * index.imp : 0;
  return mixed({
    happy: smile,
    fear: 4 * distress,
    angry: 0.5 * distress,
    sad: 0.5 * distress,
    disgust: 0.3 * distress,
    surprise: flicker,
  });
}

/** Neutral is what is left of 1, over a little of everything. */
function mixed(more: Partial<Record<ExpressionLabel, number>>): Record<ExpressionLabel, number> {
  const floor = 0.01;
  const values = Object.fromEntries(
    expressionLabels.map((label) => [label, round(floor + (more[label] ?? 0))]),
  ) as Record<ExpressionLabel, number>;
  const rest = expressionLabels.reduce((sum, label) => (label === "neutral" ? sum : sum + values[label]), 0);
  return { ...values, neutral: round(1 - rest) };
}

const round = (value: number) => Math.round(value * 10_000) / 10_000;
