import assert from "node:assert/strict";
import { searchedSize } from "../../../daemon/vision/searchedSize.ts";

describe("the size at which a picture is searched for faces", () => {
  const cases: [title: string, picture: [number, number], expected: [number, number]][] = [
    ["wide: no bars above and below", [1280, 720], [640, 384]],
    ["tall", [1080, 1920], [384, 640]],
    ["square", [3000, 3000], [640, 640]],
    ["fits as it is", [640, 480], [640, 480]],
    ["small: enlarged, but no more than twice", [250, 250], [512, 512]],
    ["a strip keeps one row of cells", [4000, 10], [640, 32]],
  ];
  for (const [title, [width, height], expected] of cases)
    it(title, () => {
      const found = searchedSize({ width, height }, [640, 640]);
      assert.deepEqual([found.width, found.height], expected);
    });
});
