import assert from "node:assert/strict";
import { newId } from "../../../daemon/store/newId.ts";

describe("ids of new rows", () => {
  it("sort in the order in which they were made, many in one millisecond", () => {
    const ids = Array.from({ length: 20_000 }, newId);
    assert.deepEqual(ids.toSorted(), ids);
    assert.equal(new Set(ids).size, ids.length);
  });
});
