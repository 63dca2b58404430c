import assert from "node:assert/strict";
import { tilesOf } from "../../../daemon/vision/tiles.ts";

describe("tiles of a large picture", () => {
  for (const [width, height, count] of [
    [640, 480, 0],
    [1088, 720, 0],
    [1280, 720, 2],
    [1920, 1080, 2],
    [1080, 1920, 2],
    [3840, 2160, 15],
  ] as const) {
    it(`are ${count} of ${width} x ${height}`, () => assert.equal(tilesOf({ width, height }).length, count));
  }

  it("hold every face of up to 180 pixels as a whole, wherever it is", () => {
    const [width, height, side] = [1920, 2160, 180];
    const tiles = tilesOf({ width, height });
    for (let y = 0; y <= height - side; y += 30)
      for (let x = 0; x <= width - side; x += 30) {
        const box = { x, y, width: side, height: side };
        const holds = tiles.filter((tile) => {
          const inside =
            x >= tile.x && y >= tile.y && x + side <= tile.x + tile.width && y + side <= tile.y + tile.height;
          return inside && tile.holds(box);
        });
        assert.ok(holds.length > 0, `nothing holds a face at ${x}, ${y}`);
      }
  });

  it("do not hold what an inner edge cuts, but what the picture's edge does", () => {
    const [first] = tilesOf({ width: 1920, height: 1080 });
    assert.equal(first!.holds({ x: 0, y: 0, width: 90, height: 90 }), true);
    assert.equal(first!.holds({ x: first!.width - 90, y: 0, width: 90, height: 90 }), false);
  });
});
