import assert from "node:assert/strict";
import { agree } from "../../../shared/labels/agreement/agree.ts";
import type { ComparedFile } from "../../../shared/labels/agreement/clips.ts";
import { mainOf, reasonsOf, shownAgreement } from "../../../shared/labels/agreement/figures.ts";
import type { Agreement, TierAgreement } from "../../../shared/protocol/agreement.ts";
import { parseLabels } from "../../../shared/labels/document.ts";
import { isAppError } from "../../../shared/errors.ts";
import { seededRandom } from "../../../shared/stats/random.ts";
import { labelsText, sampleScheme } from "./sampleLabels.ts";

type Segment = readonly [startMs: number, endMs: number, label: string];

function file(
  annotator: string,
  segments: readonly Segment[],
  more: object = {},
  traces: object[] = [],
): ComparedFile {
  const annotations = segments.map(([startMs, endMs, label], i) => ({
    id: `s${i}`,
    tier: "face",
    startMs,
    endMs,
    label,
  }));
  const text = labelsText(annotations, { annotator, ...more }).replace(
    '"traces": [\n]',
    `"traces": ${JSON.stringify(traces)}`,
  );
  const document = parseLabels(text);
  return { name: annotator, clipPath: document.head.media.file, document, scheme: sampleScheme };
}

function tier<Kind extends TierAgreement["kind"]>(
  { tiers }: Agreement,
  id: string,
  kind: Kind,
): Extract<TierAgreement, { kind: Kind }> {
  const found = tiers.find((one) => one.tier === id);
  assert.ok(found?.kind === kind);
  return found as Extract<TierAgreement, { kind: Kind }>;
}

describe("agreement of annotators", () => {
  it("reads each step at its middle", () => {
    // Middles at 5, 15, ...: a covers those to 985, b those to 995.
    const a = file("a", [[0, 995, "happy"]], { media: { file: "c", durationMs: 1000 } });
    const b = file("b", [[0, 996, "happy"]], { media: { file: "c", durationMs: 1000 } });
    const { time, confusion } = tier(agree([a, b]), "face", "interval");
    assert.equal(time.pairs[0]!.n, 100);
    assert.equal(time.pairs[0]!.agreement, 0.99);
    const [happy, none] = [confusion.labels.indexOf("happy"), confusion.labels.indexOf("(none)")];
    assert.equal(confusion.counts[happy]![happy], 99);
    assert.equal(confusion.counts[none]![happy], 1);
  });

  it("of time that one left open is a disagreement, or left out", () => {
    const [a, b] = [
      file("a", [
        [0, 1000, "happy"],
        [1000, 2000, "sad"],
      ]),
      file("b", [[0, 1000, "happy"]]),
    ];
    const counted = tier(agree([a, b], { stepMs: 100 }), "face", "interval").time.pairs[0]!;
    assert.deepEqual([counted.n, counted.agreement], [100, 0.9]);
    const missing = tier(agree([a, b], { stepMs: 100, unlabelled: "missing" }), "face", "interval").time
      .pairs[0]!;
    assert.deepEqual([missing.n, missing.agreement, missing.kappa], [10, 1, null]);
    assert.match(missing.reason!, /one and the same label/);
  });

  it("matches annotations that share 60 % of the longer one", () => {
    const a = file("a", [
      [0, 1000, "happy"],
      [2000, 3000, "sad"],
      [5000, 6000, "sad"],
    ]);
    const b = file("b", [
      [400, 1400, "happy"],
      [2401, 3401, "sad"],
      [5100, 6000, "happy"],
    ]);
    const [pair] = tier(agree([a, b]), "face", "interval").events.pairs;
    assert.deepEqual([pair!.matched, pair!.unmatchedA, pair!.unmatchedB, pair!.agreement], [2, 1, 1, 0.5]);
    // Intersection over union: .6 / 1.4 and .599 / 1.401 are below .5; the third has other labels.
    assert.equal(pair!.f1At50, 0);
  });

  it("says why there is no value: one label, no annotation, nothing that varies", () => {
    const same = agree([file("a", [[0, 10_000, "happy"]]), file("b", [[0, 10_000, "happy"]])]);
    const { time, events } = tier(same, "face", "interval");
    assert.deepEqual([time.fleiss.kappa, time.alpha.value, time.pairs[0]!.kappa], [null, null, null]);
    assert.equal(time.pairs[0]!.agreement, 1);
    assert.match(time.alpha.reason!, /One label alone/);
    assert.deepEqual([events.pairs[0]!.matched, events.pairs[0]!.f1At50, events.gamma.value], [1, 1, 1]);
    const empty = tier(agree([file("a", []), file("b", [])]), "face", "interval");
    assert.deepEqual(
      [empty.events.gamma.value, empty.time.fleiss.kappa, empty.events.pairs[0]!.f1At50],
      [null, null, null],
    );
    assert.match(empty.events.gamma.reason!, /Nobody/);
    const trace = { tier: "valence", startMs: 0, rateHz: 25, values: new Array(250).fill(0.5) };
    const flat = tier(agree([file("a", [], {}, [trace]), file("b", [], {}, [trace])]), "valence", "trace");
    assert.deepEqual([flat.alpha.value, flat.icc.icc21, flat.pairs[0]!.pearson], [null, null, null]);
    assert.ok(flat.icc.reason !== undefined && flat.pairs[0]!.reason !== undefined);
  });

  it("nothing is NaN, whatever is compared", () => {
    const sets = [
      [file("a", []), file("b", [[0, 1, "sad"]])],
      [file("a", [[0, 5000, "sad"]]), file("b", [[5000, 10_000, "sad"]]), file("c", [])],
    ];
    for (const set of sets)
      assert.doesNotMatch(
        JSON.stringify(agree(set), (_, v: unknown) => (Number.isNaN(v) ? "NaN" : v)),
        /NaN/,
      );
  });

  it("a lag is found, and which of them is late", () => {
    const wave = (late: number) =>
      Array.from({ length: 250 }, (_, i) => Math.round(Math.sin((i - late) / 8) * 1e4) / 1e4);
    const trace = (late: number) => [{ tier: "valence", startMs: 0, rateHz: 25, values: wave(late) }];
    const result = agree([file("a", [], {}, trace(0)), file("b", [], {}, trace(5))]);
    assert.equal(tier(result, "valence", "trace").pairs[0]!.bestLagMs, 200);
  });

  it("brings traces to the lower rate", () => {
    const values = (hz: number) => Array.from({ length: hz * 10 }, (_, i) => Math.sin(i / hz));
    const trace = (hz: number) => [{ tier: "valence", startMs: 0, rateHz: hz, values: values(hz) }];
    const [pair] = tier(
      agree([file("a", [], {}, trace(50)), file("b", [], {}, trace(10))]),
      "valence",
      "trace",
    ).pairs;
    assert.equal(pair!.n, 100);
    assert.ok(pair!.ccc! > 0.999_999);
  });

  it("compares moments within the tolerance, one to one", () => {
    const moments = (annotator: string, at: number[]) => ({
      ...file(annotator, []),
      document: parseLabels(
        labelsText(
          at.map((startMs, i) => ({ id: `p${i}`, tier: "blink", startMs, label: "blink" })),
          { annotator },
        ),
      ),
    });
    const result = agree([moments("a", [100, 1000, 1100]), moments("b", [150, 1090, 5000])]);
    assert.deepEqual(tier(result, "blink", "point").pairs, [
      { a: "a", b: "b", matched: 2, onlyA: 1, onlyB: 1, f1: 2 / 3, meanOffsetMs: 20 },
    ]);
  });

  it("is shown the same way whatever a tier holds: each value under its title, reasons once", () => {
    const trace = (values: number[]) => [{ tier: "valence", startMs: 0, rateHz: 25, values }];
    const wave = Array.from({ length: 250 }, (_, i) => Math.sin(i / 9));
    const { tiers } = agree([
      file("a", [[0, 1000, "happy"]], {}, trace(wave)),
      file("b", [[0, 1200, "happy"]], {}, trace(wave.map((value) => value / 2))),
    ]);
    assert.equal(tiers.length, sampleScheme.tiers.length);
    for (const one of tiers) {
      const shown = shownAgreement(one);
      for (const { columns, main, pairs } of shown.pairs) {
        assert.ok(columns.some(({ title }) => title === main) && pairs.length === 1);
        assert.equal(pairs[0]!.values.length, columns.length);
        for (const [i, { whole }] of columns.entries())
          if (whole) assert.equal((pairs[0]!.values[i] ?? 0) % 1, 0);
      }
      assert.equal(new Set(reasonsOf(shown)).size, reasonsOf(shown).length);
    }
    const face = shownAgreement(tiers[0]!);
    assert.equal(
      mainOf(face.pairs[0]!, face.pairs[0]!.pairs[0]!),
      tier({ tiers } as Agreement, "face", "interval").time.pairs[0]!.kappa,
    );
    assert.equal(mainOf(face.pairs[1]!, face.pairs[1]!.pairs[0]!), 1);
  });

  it("one annotator, or two files of one, is refused with the reason", () => {
    assert.throws(
      () => agree([file("a", [])]),
      (error) => isAppError(error, "not_enough_data"),
    );
    assert.throws(
      () => agree([file("a", []), file("a", [])]),
      (error) => isAppError(error, "conflict"),
    );
  });

  it("an annotator who did not label a clip takes nothing from it", () => {
    const clip = (name: string) => ({ media: { file: name, durationMs: 10_000 } });
    const [x, y] = [
      [
        [0, 4000, "happy"],
        [4000, 9000, "sad"],
      ] as const,
      [
        [0, 5000, "happy"],
        [5000, 9000, "sad"],
      ] as const,
    ];
    const two = [
      file("a", x, clip("1")),
      file("b", y, clip("1")),
      file("a", y, clip("2")),
      file("b", x, clip("2")),
    ];
    const third = [file("c", x, clip("2"))];
    const [ab] = tier(agree([...two, ...third]), "face", "interval").time.pairs;
    assert.equal(ab!.kappa, tier(agree(two), "face", "interval").time.pairs[0]!.kappa);
    assert.equal(
      tier(agree([...two, ...third]), "face", "interval").time.pairs.find(({ b }) => b === "c")!.n,
      1000,
    );
  });

  it("has intervals over clips, with one clip over blocks, the same for the same seed", () => {
    const random = seededRandom(3);
    const noisy = (annotator: string, clip: string) =>
      file(
        annotator,
        Array.from({ length: 20 }, (_, i): Segment => [
          i * 500,
          i * 500 + 500,
          random() < 0.7 ? ["happy", "sad"][i % 2]! : "neutral",
        ]),
        { media: { file: clip, durationMs: 10_000 } },
      );
    const one = [noisy("a", "1"), noisy("b", "1")];
    const single = agree(one);
    assert.equal(single.intervals.method, "blocks of time");
    const { value, interval } = tier(single, "face", "interval").time.alpha;
    assert.ok(interval![0] < value! && value! < interval![1]);
    assert.deepEqual(agree(one), single);
    const many = agree([...one, noisy("a", "2"), noisy("b", "2"), noisy("a", "3"), noisy("b", "3")]);
    assert.equal(many.intervals.method, "clips");
    assert.equal(many.byClip!.length, 3);
    const { kappa, interval: wide } = tier(many, "face", "interval").time.pairs[0]!;
    assert.ok(wide![0] <= kappa! && kappa! <= wide![1]);
  });
});
