import assert from "node:assert/strict";
import { agree } from "../../shared/labels/agreement/agree.ts";
import type { ComparedFile } from "../../shared/labels/agreement/clips.ts";
import { evaluateModel, type EvaluatedClip } from "../../shared/labels/evaluation/evaluateModel.ts";
import type { ModelSample } from "../../shared/labels/evaluation/modelReading.ts";
import type { LabelsDocument } from "../../shared/labels/document.ts";
import { parseLabels } from "../../shared/labels/document.ts";
import { newLabels } from "../../shared/labels/newFile.ts";
import { readScheme } from "../../shared/labels/scheme.ts";
import type { IntervalTierAgreement } from "../../shared/protocol/agreement.ts";
import type { Annotation } from "../../shared/protocol/labels.ts";
import type { Scheme } from "../../shared/protocol/scheme.ts";
import { modelSegment, subjectOf } from "../../shared/segments/segment.ts";
import agreement from "./agreement.json" with { type: "json" };
import golden from "./labelFigures.json" with { type: "json" };

const close = (actual: number | null | undefined, expected: number, tolerance = 1e-9) =>
  assert.ok(
    actual !== undefined && actual !== null && Math.abs(actual - expected) <= tolerance,
    `${String(actual)} is not ${expected}`,
  );

/** As in the script. */
function lcg(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

type Said = readonly [startMs: number, endMs: number, label: string];

function documentOf(
  annotator: string,
  scheme: Scheme,
  durationMs: number,
  said: readonly Said[],
): LabelsDocument {
  const empty = newLabels({ clip: "c.mp4", annotator, scheme, read: scheme, media: { durationMs } });
  const annotations = said.map(([startMs, endMs, label], i): Annotation => ({
    id: `s${i}`,
    tier: "face",
    startMs,
    endMs,
    label,
  }));
  return { ...empty, annotations };
}

const schemeOf = (labels: readonly string[]): Scheme => ({
  title: "Golden",
  tiers: [{ id: "face", kind: "interval", labels: labels.map((id) => ({ id })) }],
});

describe("figures of labels against SciPy, pingouin, audmetric, scikit-learn, statsmodels, irrCAC, krippendorff and pygamma-agreement", () => {
  agreement.sets.forEach((set, i) => {
    const figures = golden.sets[i]!;
    const unlabelled = set.unlabelled === "missing" ? "missing" : "category";
    const files = set.files.map((file, k): ComparedFile => {
      const document = parseLabels(JSON.stringify(file));
      const read = readScheme(document.head.scheme);
      assert.ok("scheme" in read);
      return { name: String(k), clipPath: document.head.media.file, document, scheme: read.scheme };
    });
    const of = (some: readonly ComparedFile[]) => {
      const { tiers } = agree(some, { stepMs: set.stepMs, unlabelled, resamples: 5000 });
      const face = tiers.find((tier) => tier.kind === "interval")!;
      const blink = tiers.find((tier) => tier.kind === "point")!;
      const valence = tiers.find((tier) => tier.kind === "trace")!;
      return { face, blink, valence };
    };
    const intervalsOf = ({ time }: IntervalTierAgreement) => [
      ...[time.alpha.interval, time.fleiss.interval],
      ...time.pairs.map(({ interval }) => interval),
    ];

    it(`moments, traces, steps, confusion, gamma and intervals of ${set.files.length} files`, () => {
      const { face, blink, valence } = of(files);
      assert.deepEqual(face.confusion.counts, figures.confusion);
      face.time.pairs.forEach(({ n, agreement: share }, k) => {
        assert.equal(n, figures.pairs[k]!.n);
        close(share, figures.pairs[k]!.agreement);
      });
      // Chance is drawn, by both.
      close(face.events.gamma.value, figures.gamma, 0.03);
      if (figures.overClips !== null)
        // Of 5,000 of all the ways to draw clips; theirs are of every one.
        [...intervalsOf(face), valence.alpha.interval, face.events.gamma.interval].forEach((interval, k) =>
          figures.overClips[k]!.forEach((end, side) => close(interval?.[side], end, 0.03)),
        );
      blink.pairs.forEach((pair, k) => {
        const { matched, onlyA, f1, meanOffsetMs } = figures.moments[k]!;
        assert.deepEqual([pair.matched, pair.onlyA], [matched, onlyA]);
        close(pair.f1, f1);
        close(pair.meanOffsetMs, meanOffsetMs, 1e-6);
      });
      valence.pairs.forEach(({ ccc }, k) => close(ccc, figures.ccc[k]!));
      const { icc21, icc2k, icc31, icc3k } = valence.icc;
      [icc21, icc2k, icc31, icc3k].forEach((icc, k) => close(icc, figures.icc[k]!));
    });

    it(`intervals over blocks of the time of the first of ${set.files.length} files' clips`, () => {
      const { face } = of(files.slice(0, set.annotators.length));
      intervalsOf(face).forEach((interval, k) =>
        // Both draw; the ends are of 300 and of 5,000 draws.
        figures.overBlocks[k]!.forEach((end, side) => close(interval?.[side], end, 0.05)),
      );
    });
  });

  for (const { raters, segments, seed, pairs, fleiss, alpha } of golden.thousands)
    it(`${raters} annotators of ${segments} segments each`, () => {
      const random = lcg(seed);
      const labels = ["neutral", "happy", "sad", "angry", "fear"];
      const edges = [0];
      for (let i = 0; i < segments; i++) edges.push(edges[i]! + 200 + Math.floor(1600 * random()));
      const pick = () => labels[Math.floor(random() * labels.length)]!;
      const truth = Array.from({ length: segments }, pick);
      const rows = Array.from({ length: raters }, () => {
        const own = [0, ...edges.slice(1).map((e) => e + Math.floor(120 * random()) - 60)];
        const said = truth.map((label) => (random() < 0.8 ? label : pick()));
        return said.map((label, i): Said => [own[i]!, own[i + 1]!, label]);
      });
      const durationMs = Math.max(...rows.map((row) => row.at(-1)![1]));
      const scheme = schemeOf(labels);
      const files = rows.map((row, r): ComparedFile => {
        const document = documentOf(`a${r}`, scheme, durationMs, row);
        return { name: `a${r}`, clipPath: "c.mp4", document, scheme };
      });
      const [face] = agree(files, { stepMs: 100, resamples: 0 }).tiers;
      assert.ok(face?.kind === "interval");
      pairs.forEach((pair, i) => {
        close(face.time.pairs[i]!.kappa, pair.kappa);
        close(face.events.pairs[i]!.f1At50, pair.f1At50);
      });
      close(face.time.fleiss.kappa, fleiss);
      close(face.time.alpha.value, alpha);
    });

  for (const expected of golden.evaluations)
    it(`a model of ${expected.frames} frames against labels`, () => {
      const { frames, seed } = expected;
      const random = lcg(seed);
      const labels = ["neutral", "happy", "sad", "angry"];
      const pick = () => labels[Math.floor(random() * 4)]!;
      const gold: Said[] = [];
      for (let i = 0; i < Math.floor(frames / 25); i++) {
        const startMs = 1000 * i + Math.floor(200 * random());
        gold.push([startMs, 1000 * (i + 1) - Math.floor(150 * random()), pick()]);
      }
      const samples: ModelSample[] = [];
      for (let i = 0; i < frames; i++) {
        const span = { fromMs: 40 * i, toMs: 40 * (i + 1) };
        if (random() < 0.1) {
          samples.push(span);
          continue;
        }
        const [, , right] = gold[Math.min(Math.floor(i / 25), gold.length - 1)]!;
        const weights = labels.map((label) => random() + (label === right ? 1.2 * random() : 0));
        const sum = weights.reduce((a, b) => a + b, 0);
        samples.push({
          ...span,
          probabilities: Object.fromEntries(labels.map((label, k) => [label, weights[k]! / sum])),
        });
      }
      const segments = Array.from({ length: Math.floor(frames / 20) }, (_, i) =>
        modelSegment(subjectOf(1), "emotion", {
          ...{ startMs: 800 * i + Math.floor(100 * random()), endMs: 800 * i + 700, label: pick() },
        }),
      );
      const scheme = schemeOf(labels);
      const durationMs = 40 * frames;
      const none = { voice: [], fused: [], blink: [], gaze_away: [], micro_expression: [], speech: [] };
      const clip: EvaluatedClip = {
        ...{ clip: "c.mp4", durationMs, tiers: scheme.tiers },
        gold: documentOf("gold", scheme, durationMs, gold),
        model: {
          ...{ analysis: "one", faces: [1], labels: { face: labels, ...none } },
          reading: (source) => (source === "face" ? { samples, segments } : undefined),
        },
      };
      const options = { stepMs: 10, toleranceMs: 200, resamples: 0, seed: 1 };
      const [tier] = evaluateModel([clip], options).tiers;
      assert.ok(tier?.kind === "interval");
      assert.deepEqual([tier.n, tier.confusion.counts], [expected.n, expected.confusion]);
      for (const name of ["coverage", "accuracy", "kappa", "uar", "macroF1", "ece"] as const)
        close(tier[name], expected[name]);
      for (const [label, figures] of Object.entries<readonly number[]>(expected.perClass)) {
        const { precision, recall, f1 } = tier.perClass[label]!;
        [precision, recall, f1].forEach((figure, k) => close(figure, figures[k]!));
      }
      const { matched, precision, recall, f1 } = tier.events;
      assert.equal(matched, expected.events.matched);
      close(precision, expected.events.precision);
      close(recall, expected.events.recall);
      close(f1, expected.events.f1);
    });
});
