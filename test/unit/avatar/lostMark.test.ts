import assert from "node:assert/strict";
import { isLost, markLost } from "../../../shared/avatar/lostMark.ts";

/** Grey levels, row by row; 128 where nothing is painted. */
function marked(size: number): Uint8Array {
  const grey = new Uint8Array(size * size).fill(128);
  markLost(size, (x, y, width, height, level) => {
    for (let row = y; row < y + height; row++) grey.fill(level, row * size + x, row * size + x + width);
  });
  return grey;
}

describe("the mark of a lost face", () => {
  it("is not there while a detector may have missed the face for a frame or two", () => {
    assert.deepEqual([undefined, 0, 120, 300, 5000].map(isLost), [false, false, false, true, true]);
  });

  for (const size of [64, 128, 256, 512])
    it(`reads FACE LOST on a dark strip at the lower edge, ${size} pixels wide`, () => {
      const grey = marked(size);
      const strip = grey.indexOf(24) / size;
      assert.ok(strip > 0.6 * size, `begins in row ${strip}`);
      const rows = Array.from({ length: size }, (_, y) => grey.subarray(y * size, (y + 1) * size));
      const written = rows.filter((row) => row.includes(235));
      const dot = written.length / 7;
      assert.equal(dot, Math.floor((0.92 * size) / 50));
      // The first row of the letters: F, A, C, E and L, O, S, T.
      const left = rows.map((row) => row.indexOf(235)).filter((x) => x >= 0);
      const row = written[0]!.subarray(Math.min(...left));
      const dots = Array.from({ length: 50 }, (_, k) => (row[k * dot] === 235 ? "#" : " ")).join("");
      assert.equal(dots.trimEnd(), "#####  ###   #### #####    #      ###   #### #####");
    });
});
