import assert from "node:assert/strict";
import { say } from "../../../daemon/playback/say.ts";

describe("speaking on the daemon's machine", () => {
  it("says so where there is no voice for the language", async () => {
    assert.equal(await say("--version", "zz"), false);
  });

  it("has nothing to say with an empty text", async () => {
    assert.equal(await say("", "en"), false);
  });
});
