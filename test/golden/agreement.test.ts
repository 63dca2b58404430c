import assert from "node:assert/strict";
import { agree } from "../../shared/labels/agreement/agree.ts";
import type { ComparedFile } from "../../shared/labels/agreement/clips.ts";
import { parseLabels } from "../../shared/labels/document.ts";
import { readScheme } from "../../shared/labels/scheme.ts";
import { bestAlignment, expectedDisorder, type GammaUnit } from "../../shared/stats/gamma.ts";
import {
  fleissKappa,
  kappaOfTable,
  labelKappa,
  nominalAlpha,
  NominalTally,
} from "../../shared/stats/nominalTally.ts";
import {
  alphaSums,
  bestLag,
  concordance,
  intervalAlpha,
  intraclassCorrelations,
  pearson,
} from "../../shared/stats/ratings.ts";
import golden from "./agreement.json" with { type: "json" };

const close = (actual: number | undefined, expected: number, tolerance = 1e-9) =>
  assert.ok(
    actual !== undefined && Math.abs(actual - expected) <= tolerance,
    `${String(actual)} is not ${expected}`,
  );

/** Calls `look` with each pair, in the order of the script. */
function eachPair(n: number, look: (a: number, b: number, i: number) => void): void {
  let i = 0;
  for (let a = 0; a < n; a++) for (let b = a + 1; b < n; b++) look(a, b, i++);
}

describe("agreement against krippendorff, irrCAC, scikit-learn, pingouin and pygamma-agreement", () => {
  for (const { labels, categories, pairs, fleiss, perLabel, alpha } of golden.nominal)
    it(`${labels.length} raters of ${labels[0]!.length} items in ${categories} categories`, () => {
      const tally = new NominalTally(labels.length, categories);
      labels[0]!.forEach((_, i) => tally.add(labels.map((row) => row[i]!)));
      eachPair(labels.length, (a, b, i) =>
        close(kappaOfTable(tally.pairTable(a, b), categories).kappa, pairs[i]!),
      );
      close(fleissKappa(tally), fleiss);
      perLabel.forEach((kappa, c) => close(labelKappa(tally, c), kappa));
      close(nominalAlpha(tally), alpha);
    });

  for (const { values, icc21, icc2k, icc31, icc3k, alpha, pairs } of golden.traces)
    it(`${values.length} traces of ${values[0]!.length} values`, () => {
      const icc = intraclassCorrelations(values);
      close(icc.icc21, icc21);
      close(icc.icc2k, icc2k);
      close(icc.icc31, icc31);
      close(icc.icc3k, icc3k);
      close(intervalAlpha(alphaSums(values, 0, values[0]!.length)), alpha);
      eachPair(values.length, (a, b, i) => {
        close(pearson(values[a]!, values[b]!), pairs[i]!.pearson);
        close(concordance(values[a]!, values[b]!), pairs[i]!.ccc);
        assert.equal(bestLag([[values[a]!, values[b]!]], 20), pairs[i]!.bestLag);
      });
    });

  for (const { units, disorder, expected, gamma } of golden.gamma)
    it(`gamma of ${units.length} raters with ${units.map((row) => row.length).join(", ")} annotations`, () => {
      const raters = units.map((row) =>
        row.map(([startMs, endMs, label]): GammaUnit => ({
          startMs: startMs!,
          endMs: endMs!,
          label: label!,
        })),
      );
      const best = bestAlignment(raters);
      // The package computes in 32 bits.
      close(best.disorder, disorder, 1e-5);
      assert.ok(best.exact);
      // Chance is drawn, by both: 300 samples each, and a sampling error of about a hundredth.
      const chance = expectedDisorder(raters, { samples: 300, seed: 1 });
      close(chance.disorder, expected, 0.05 * expected);
      close(1 - best.disorder / chance.disorder, gamma, 0.03);
    });
});

describe("agreement of labels files against the same packages", () => {
  for (const set of golden.sets)
    it(`${set.files.length} files of ${set.annotators.length} annotators, steps of ${set.stepMs} ms, unlabelled as ${set.unlabelled}`, () => {
      const files = set.files.map((file, i): ComparedFile => {
        const document = parseLabels(JSON.stringify(file));
        const read = readScheme(document.head.scheme);
        assert.ok("scheme" in read);
        return { name: String(i), clipPath: document.head.media.file, document, scheme: read.scheme };
      });
      const unlabelled = set.unlabelled === "missing" ? "missing" : "category";
      const { tiers } = agree(files, { stepMs: set.stepMs, unlabelled, resamples: 20 });
      const face = tiers.find((tier) => tier.kind === "interval")!;
      assert.equal(face.time.pairs.length, set.time.pairs.length);
      face.time.pairs.forEach(({ kappa }, i) => close(kappa ?? undefined, set.time.pairs[i]!));
      close(face.time.fleiss.kappa ?? undefined, set.time.fleiss);
      close(face.time.alpha.value ?? undefined, set.time.alpha);
      face.events.pairs.forEach((pair, i) => {
        const { kappa, kappaWithUnmatched, agreement, f1At50, ...counts } = set.events[i]!;
        close(pair.kappa ?? undefined, kappa);
        close(pair.kappaWithUnmatched ?? undefined, kappaWithUnmatched);
        close(pair.agreement ?? undefined, agreement);
        close(pair.f1At50 ?? undefined, f1At50);
        const { a, b, matched, unmatchedA, unmatchedB } = pair;
        assert.deepEqual({ a, b, matched, unmatchedA, unmatchedB }, counts);
      });
      const valence = tiers.find((tier) => tier.kind === "trace")!;
      close(valence.alpha.value ?? undefined, set.traceAlpha);
      valence.pairs.forEach(({ pearson: r }, i) => close(r ?? undefined, set.pearson[i]!));
    });
});
