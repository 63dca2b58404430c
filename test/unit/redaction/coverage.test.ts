import assert from "node:assert/strict";
import { coverRegion, paintHead } from "../../../daemon/redaction/cover.ts";
import { coverFrames, type FaceAt, type FacesOfFrame } from "../../../daemon/redaction/coverage.ts";

const face = (cx: number, track?: number): FaceAt => ({
  ...{ cx, cy: 100, side: 50 },
  ...(track !== undefined && { track }),
});
/** Frames 40 ms apart; a string of what is in each: digits are tracks at 100 * digit, "?" a finding at 500, "|" a cut. */
const clip = (text: string): FacesOfFrame[] =>
  Array.from(text.replaceAll("|", "")).map((mark, i) => ({
    timeMs: 40 * i,
    cut: text
      .split("|")
      .slice(1)
      .some(
        (_, k) =>
          text
            .split("|")
            .slice(0, k + 1)
            .join("").length === i,
      ),
    faces: mark === "." ? [] : mark === "?" ? [face(500)] : [face(100 * Number(mark), Number(mark))],
  }));
const covered = (text: string, keep: number[] = []): string =>
  coverFrames(clip(text), new Set(keep))
    .map((list) => (list.length > 0 ? "x" : "."))
    .join("");

describe("what a redaction covers", () => {
  it("covers the frames around a face: 300 ms before and after", () => {
    assert.equal(covered("..........1.........."), "...xxxxxxxxxxxxxxx...");
  });

  it("covers a finding that nothing follows, and the frames around it", () => {
    assert.equal(covered("?.........."), "xxxxxxxx...");
  });

  it("bridges the gap of a track of up to 2 s, and no longer one", () => {
    const short = `1${".".repeat(48)}1`;
    assert.equal(covered(short), "x".repeat(50));
    assert.ok(covered(`1${".".repeat(60)}1`).includes("."));
  });

  it("moves along the straight line over a gap", () => {
    const frames = clip("1.........1").map((frame, i) =>
      i === 10 ? { ...frame, faces: [face(300, 1)] } : frame,
    );
    const middle = coverFrames(frames)[5]!.map(({ cx }) => Math.round(cx));
    assert.ok(middle.includes(200), `covers at ${middle.join(", ")}`);
  });

  it("does not reach across a cut, neither bridging nor spreading", () => {
    assert.equal(covered("1|........."), "x.........");
    assert.equal(covered("....|1"), "....x");
    assert.equal(covered("1..|..1"), "xxxxxx".slice(0, 3) + "xxx");
  });

  it("keeps a track bare that is to be kept, with what the detector found on it", () => {
    const frames = clip("11111").map((frame) => ({ ...frame, faces: [...frame.faces, face(104)] }));
    assert.ok(coverFrames(frames, new Set([1])).every((list) => list.length === 0));
    assert.ok(coverFrames(frames, new Set([2])).every((list) => list.length > 0));
  });
});

describe("covering a region", () => {
  const size = 64;
  const noise = () => {
    const data = new Uint8Array((size * size * 3) / 2);
    for (let i = 0; i < data.length; i++) data[i] = (i * 2654435761) % 251;
    return { width: size, height: size, data };
  };
  const region = { cx: 32, cy: 32, rx: 20, ry: 24 };

  for (const mode of ["blur", "pixelate", "remove"] as const) {
    it(`${mode}: inside, few values are left; outside, every pixel stays`, () => {
      const before = noise();
      const after = noise();
      coverRegion(after, region, mode);
      const inside = new Set<number>();
      for (let y = 0; y < size; y++) {
        for (let x = 0; x < size; x++) {
          const within = ((x + 0.5 - 32) / 20) ** 2 + ((y + 0.5 - 32) / 24) ** 2 <= 1;
          if (within) inside.add(after.data[y * size + x]!);
          else assert.equal(after.data[y * size + x], before.data[y * size + x]);
        }
      }
      const most = { blur: 80, pixelate: 25, remove: 1 }[mode];
      assert.ok(inside.size <= most, `${inside.size} values`);
    });
  }

  it("a cover that reaches out of the picture is cut at its edge", () => {
    const frame = noise();
    coverRegion(frame, { cx: -5, cy: 70, rx: 30, ry: 30 }, "pixelate");
    assert.equal(frame.data[5], noise().data[5]);
  });

  it("a drawn head lies over the region, its colours those of the frame's matrix and range", () => {
    const frame = { ...noise(), index: 0, timeMs: 0, matrix: "bt709" as const, fullRange: false };
    const head = { size: 2, rgb: new Uint8Array(12).fill(255), alpha: new Uint8Array(4).fill(255) };
    paintHead(frame, region, head);
    assert.equal(frame.data[32 * size + 32], 235);
    assert.equal(frame.data[size * size + 16 * 32 + 16], 128);
  });
});
