import assert from "node:assert/strict";
import { isAppError } from "../../../shared/errors.ts";
import { parseLabels } from "../../../shared/labels/document.ts";
import {
  evaluateModel,
  type EvaluatedClip,
  type EvaluationOptions,
} from "../../../shared/labels/evaluation/evaluateModel.ts";
import type { IntervalTierEvaluation } from "../../../shared/labels/evaluation/figures.ts";
import { modelSegment, subjectOf } from "../../../shared/segments/segment.ts";
import type { ModelClip, ModelReading } from "../../../shared/labels/evaluation/modelReading.ts";
import type { Source } from "../../../shared/labels/sources.ts";
import type { Tier } from "../../../shared/protocol/scheme.ts";
import { cohenKappa } from "../../../shared/stats/agreement.ts";
import { classificationScores, expectedCalibrationError } from "../../../shared/stats/classification.ts";
import { seededRandom } from "../../../shared/stats/random.ts";
import { labelsText, sampleScheme } from "./sampleLabels.ts";

const options: EvaluationOptions = { stepMs: 10, toleranceMs: 200, resamples: 0, seed: 1 };
const names = ["neutral", "happy", "sad", "angry"] as const;

interface Given {
  readonly clip?: string;
  readonly durationMs?: number;
  readonly annotations: readonly object[];
  readonly readings?: Partial<Record<Source, ModelReading>>;
  readonly faces?: readonly number[];
  readonly tiers?: readonly Tier[];
}

function clip({ clip: name = "c.mp4", durationMs = 1000, faces = [1], ...given }: Given): EvaluatedClip {
  const annotations = given.annotations.map((one, i) => ({ id: `s${i}`, tier: "face", ...one }));
  const model: ModelClip = {
    analysis: "one",
    faces,
    labels: {
      ...{ face: names, voice: [...names, "calm"], fused: names, blink: ["blink"], gaze_away: ["away"] },
      ...{ micro_expression: [], speech: [] },
    },
    reading: (source) => given.readings?.[source],
  };
  const media = { file: name, durationMs };
  return {
    ...{ clip: name, durationMs, model, tiers: given.tiers ?? sampleScheme.tiers },
    gold: parseLabels(labelsText(annotations, { media, annotator: "g", gold: true })),
  };
}

function face(
  clips: readonly EvaluatedClip[],
  more: Partial<EvaluationOptions> = {},
): IntervalTierEvaluation {
  const [tier] = evaluateModel(clips, { ...options, ...more, tier: "face" }).tiers;
  assert.ok(tier?.kind === "interval");
  return tier;
}

const sure = (label: string, p = 1) => ({
  probabilities: { [label]: p, neutral: label === "neutral" ? p : 1 - p },
});

describe("a model against labels", () => {
  it("reads both at the middle of each step, and what is not trusted is an error that coverage tells", () => {
    const samples = [
      { fromMs: 0, toMs: 400, ...sure("happy") },
      { fromMs: 400, toMs: 600 },
      { fromMs: 600, toMs: 1000, ...sure("sad") },
    ];
    const annotations = [
      { startMs: 0, endMs: 600, label: "happy" },
      { startMs: 600, endMs: 800, label: "sad" },
    ];
    const found = face([clip({ annotations, readings: { face: { samples, segments: [] } } })]);
    assert.deepEqual([found.n, found.covered, found.coverage], [80, 60, 0.75]);
    assert.equal(found.accuracy, 0.75);
    assert.equal(found.uar, (40 / 60 + 1) / 2);
    assert.equal(found.majorityBaseline, 0.75);
    assert.deepEqual(found.confusion.columns, ["neutral", "happy", "sad", "(nothing trusted)"]);
    assert.deepEqual(found.confusion.counts[1], [0, 40, 0, 20]);
  });

  it("gives the figures that reading step by step gives", () => {
    const random = seededRandom(7);
    const labels = ["neutral", "happy", "sad"];
    const pick = () => labels[Math.floor(random() * 3)]!;
    const annotations = Array.from({ length: 100 }, (_, i) => ({
      startMs: 10 * i,
      endMs: 10 * i + 10,
      label: pick(),
    }));
    const samples = annotations.map(({ startMs, endMs }) => {
      const probabilities = Object.fromEntries(labels.map((label) => [label, random()]));
      return { fromMs: startMs, toMs: endMs, probabilities };
    });
    const found = face([clip({ annotations, readings: { face: { samples, segments: [] } } })]);
    const truth = annotations.map(({ label }) => labels.indexOf(label));
    const rows = samples.map(({ probabilities }) => labels.map((label) => probabilities[label]!));
    const said = rows.map((row) => row.indexOf(Math.max(...row)));
    const scores = classificationScores(truth, said, 3);
    const kappa = cohenKappa(truth, said, 3)!;
    const p = rows.map((row, i) => row[said[i]!]! / row.reduce((a, b) => a + b, 0));
    const right = said.map((one, i) => one === truth[i]);
    for (const [ours, theirs] of [
      [found.accuracy, scores.accuracy],
      [found.uar, scores.uar],
      [found.macroF1, scores.macroF1],
      [found.kappa, kappa],
      [found.ece, expectedCalibrationError(p, right)],
    ] as const)
      assert.ok(Math.abs(ours! - theirs) < 1e-12, `${ours}, ${theirs}`);
  });

  it("leaves out labels that the model lacks, renormalises over the others, and says both", () => {
    const tiers: Tier[] = [
      { id: "face", kind: "interval", labels: [{ id: "happy" }, { id: "sad" }, { id: "bored" }] },
    ];
    const samples = [{ fromMs: 0, toMs: 1000, probabilities: { neutral: 0.8, happy: 0.15, sad: 0.05 } }];
    const annotations = [
      { startMs: 0, endMs: 500, label: "happy" },
      { startMs: 500, endMs: 1000, label: "bored" },
    ];
    const given = clip({ annotations, tiers, readings: { face: { samples, segments: [] } } });
    const found = face([given]);
    assert.deepEqual([found.n, found.accuracy], [50, 1]);
    assert.ok(Math.abs(found.reliability.find(({ n }) => n > 0)!.confidence! - 0.75) < 1e-12);
    const { notes } = evaluateModel([given], options);
    assert.ok(
      notes.some((note) => note.includes("no bored; 500 ms")),
      notes.join(),
    );
    assert.ok(
      notes.some((note) => note.includes("renormalised over happy, sad")),
      notes.join(),
    );
  });

  it("takes a calm voice as neutral where the tier has no calm", () => {
    const tiers: Tier[] = [{ id: "voice", kind: "interval", labels: [{ id: "neutral" }, { id: "happy" }] }];
    const samples = [{ fromMs: 0, toMs: 1000, probabilities: { calm: 0.6, happy: 0.3, neutral: 0.1 } }];
    const annotations = [{ tier: "voice", startMs: 0, endMs: 1000, label: "neutral" }];
    const { tiers: found, notes } = evaluateModel(
      [clip({ annotations, tiers, readings: { voice: { samples, segments: [] } } })],
      options,
    );
    assert.equal(found[0]!.kind === "interval" && found[0]!.accuracy, 1);
    assert.ok(notes.some((note) => note.includes("calm")));
  });

  it("matches segments of one label by their intersection over union", () => {
    const annotations = [
      { startMs: 0, endMs: 400, label: "happy" },
      { startMs: 400, endMs: 1000, label: "sad" },
    ];
    const segments = [
      { startMs: 0, endMs: 200, label: "happy" },
      { startMs: 200, endMs: 490, label: "happy" },
      { startMs: 490, endMs: 1000, label: "sad" },
    ].map((one) => modelSegment(subjectOf(1), "face", one));
    const { events } = face([clip({ annotations, readings: { face: { samples: [], segments } } })]);
    // 200 of 400 is just enough; 200 of 490 is not; 510 of 600 is.
    assert.deepEqual([events.gold, events.model, events.matched], [2, 3, 2]);
    assert.deepEqual([events.precision, events.recall, events.f1], [2 / 3, 1, 0.8]);
  });

  it("counts time without an event as an answer, and moments within the tolerance as one", () => {
    const tiers: Tier[] = [
      { id: "gaze", kind: "interval", labels: [{ id: "away" }] },
      { id: "blink", kind: "point", labels: [{ id: "blink" }] },
    ];
    const annotations = [
      { tier: "gaze", startMs: 0, endMs: 500, label: "away" },
      { tier: "blink", startMs: 100, label: "blink" },
      { tier: "blink", startMs: 900, label: "blink" },
    ];
    const at = (startMs: number, endMs: number, label: string): ModelReading => ({
      samples: [],
      segments: [modelSegment(subjectOf(1), "face", { startMs, endMs, label })],
    });
    const readings = { gaze_away: at(250, 500, "away"), blink: at(220, 300, "blink") };
    const { tiers: found } = evaluateModel([clip({ annotations, tiers, readings })], options);
    const [gaze, blink] = found;
    assert.ok(gaze?.kind === "interval" && blink?.kind === "point");
    assert.deepEqual(gaze.labels, ["away", "(none)"]);
    assert.deepEqual([gaze.accuracy, gaze.ece], [0.75, null]);
    assert.deepEqual([blink.gold, blink.model, blink.matched, blink.meanOffsetMs], [2, 1, 1, 120]);
  });

  it("draws intervals over clips, and says which face it took", () => {
    const annotations = [{ startMs: 0, endMs: 1000, label: "happy" }];
    const right = { samples: [{ fromMs: 0, toMs: 1000, ...sure("happy") }], segments: [] };
    const wrong = { samples: [{ fromMs: 0, toMs: 1000, ...sure("sad") }], segments: [] };
    const clips = ["a", "b", "c", "d"].map((name, i) =>
      clip({ clip: name, annotations, faces: [2, 1], readings: { face: i === 0 ? wrong : right } }),
    );
    const found = evaluateModel(clips, { ...options, resamples: 500 });
    const [tier] = found.tiers;
    assert.ok(tier?.kind === "interval");
    assert.equal(tier.accuracy, 0.75);
    assert.deepEqual(tier.accuracyInterval, [0.25, 1]);
    assert.equal(found.clips[0]!.face, 2);
    assert.ok(found.notes.some((note) => note.includes("held against face 2")));
  });

  it("refuses a face, a tier or labels that are not there", () => {
    const given = clip({ annotations: [], readings: {} });
    const code = (run: () => unknown) => {
      try {
        run();
      } catch (error) {
        return isAppError(error) ? error.code : String(error);
      }
      return undefined;
    };
    assert.equal(
      code(() => evaluateModel([given], { ...options, face: 9 })),
      "not_found",
    );
    assert.equal(
      code(() => evaluateModel([given], { ...options, tier: "nose" })),
      "not_found",
    );
    const tiers: Tier[] = [{ id: "hands", kind: "interval", labels: [{ id: "wave" }] }];
    assert.equal(
      code(() => evaluateModel([clip({ annotations: [], tiers })], options)),
      "not_enough_data",
    );
  });
});
