import assert from "node:assert/strict";
import { joinedGroups, nearDuplicates, signatureOf } from "../../../daemon/training/nearDuplicates.ts";
import { splitByGroup } from "../../../daemon/training/split.ts";
import { seededRandom } from "../../../shared/stats/random.ts";

describe("dividing a set", () => {
  const random = seededRandom(3);
  const groups = Array.from({ length: 600 }, () => `p${Math.floor(30 * random() ** 2)}`);
  const classes = groups.map(() => (random() < 0.15 ? 1 : 0));
  const shares = { train: 0.6, validation: 0.2, test: 0.2 };

  it("puts nobody into two parts, and every class into each near its share", () => {
    const parts = splitByGroup(groups, classes, shares, 1);
    const people = Object.values(parts).map((part) => new Set(Array.from(part, (i) => groups[i]!)));
    for (const [i, some] of people.entries())
      for (const others of people.slice(i + 1)) assert.ok(![...some].some((p) => others.has(p)));
    assert.equal(parts.train.length + parts.validation.length + parts.test.length, 600);
    for (const c of [0, 1]) {
      const all = classes.filter((one) => one === c).length;
      for (const name of ["train", "validation", "test"] as const) {
        const share = parts[name].filter((i) => classes[i] === c).length / all;
        assert.ok(Math.abs(share - shares[name]) < 0.1, `${name} ${c} ${share}`);
      }
    }
  });

  it("gives the same parts for the same seed and others for another", () => {
    const single = groups.map((_, i) => String(i));
    const once = splitByGroup(single, classes, shares, 1);
    assert.deepEqual(splitByGroup(single, classes, shares, 1), once);
    assert.notDeepEqual(splitByGroup(single, classes, shares, 2).test, once.test);
  });
});

describe("near-duplicates", () => {
  const side = 32;
  const picture = (seed: number, change: (value: number, at: number) => number = (value) => value) => {
    const random = seededRandom(seed);
    const waves = Array.from({ length: 6 }, () => [random() * 0.5, random() * 0.5, random() * 6] as const);
    return Float32Array.from({ length: 3 * side * side }, (_, at) => {
      const [x, y] = [at % side, Math.floor((at % (side * side)) / side)];
      const sum = waves.reduce((total, [u, v, phase]) => total + Math.sin(u * x + v * y + phase), 0);
      return change(128 + 18 * sum, at);
    });
  };
  const signature = (planes: Float32Array) => signatureOf(planes, side, side);

  it("are copies that are brighter or noisy, and not other pictures", () => {
    const noise = seededRandom(9);
    const signatures = [
      signature(picture(1)),
      signature(picture(2)),
      signature(picture(1, (value) => 0.8 * value + 30)),
      signature(picture(1, (value) => value + 8 * (noise() - 0.5))),
    ];
    assert.deepEqual(nearDuplicates(signatures), [
      [0, 2],
      [0, 3],
      [2, 3],
    ]);
  });

  it("join into groups along chains", () => {
    const [a, b, c, d] = joinedGroups(4, [
      [0, 1],
      [1, 3],
    ]);
    assert.deepEqual([a === b, b === d, a === c], [true, true, false]);
  });
});
