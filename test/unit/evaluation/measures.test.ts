import assert from "node:assert/strict";
import { angularErrorDeg } from "../../../daemon/evaluation/gaze.ts";
import { normalisedMeanError, parsePoints } from "../../../daemon/evaluation/landmarks.ts";
import { isAppError } from "../../../shared/errors.ts";

const points = (pair: string, count = 68) => Array.from({ length: count }, () => pair).join("\n");

describe("parsePoints", () => {
  it("counts pixels from the edge of the first, where the file counts from its centre as 1", () => {
    const read = parsePoints(`version: 1\nn_points:  68\n{\n${points("1 10.25")}\n}\n`, "a.pts");
    assert.equal(read.length, 136);
    assert.deepEqual(read.slice(0, 2), [0.5, 9.75]);
  });

  it("reads Windows line ends and no heading", () =>
    assert.equal(parsePoints(`{\r\n${points("1 2").replaceAll("\n", "\r\n")}\r\n}`, "a.pts").length, 136));

  for (const [name, text] of [
    ["other numbers of points", `{\n${points("1 2", 19)}\n}`],
    ["words", `{\n${points("x y")}\n}`],
    ["no braces", points("1 2")],
  ] as const)
    it(`refuses ${name}`, () =>
      assert.throws(
        () => parsePoints(text, "a.pts"),
        (e) => isAppError(e, "media_unreadable"),
      ));
});

describe("normalisedMeanError", () => {
  it("is the mean distance over the distance of the outer eye corners", () => {
    const truth = new Float64Array(136);
    truth[90] = 50; // point 45, x
    const moved = truth.map((value, i) => value + (i % 2 === 0 ? 3 : 4));
    assert.ok(Math.abs(normalisedMeanError(moved, truth) - 5 / 50) < 1e-12);
  });
});

describe("angularErrorDeg", () => {
  const cases: [a: [number, number], b: [number, number], expected: number][] = [
    [[0, 0], [0, 0], 0],
    [[0.1, 0], [0, 0], 0.1],
    [[0, -0.2], [0, 0.3], 0.5],
    [[Math.PI / 2, 0], [Math.PI / 2, 1], 0],
    [[0, 0], [0, Math.PI], Math.PI],
  ];
  for (const [a, b, expected] of cases)
    it(`between (${a.join(", ")}) and (${b.join(", ")}) is ${expected.toFixed(2)} rad`, () => {
      const error = angularErrorDeg({ pitch: a[0], yaw: a[1] }, { pitch: b[0], yaw: b[1] });
      assert.ok(Math.abs(error - (expected * 180) / Math.PI) < 1e-5);
    });
});
