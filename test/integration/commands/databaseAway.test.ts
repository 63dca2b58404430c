import assert from "node:assert/strict";
import { edin } from "../edin.ts";

describe("a command whose database is away", function () {
  this.timeout(60_000);

  it("says so with a next step, and logs why, without the password", async () => {
    const url = "postgres://somebody:hush-hush@127.0.0.1:1/none";
    const { code, stderr } = await edin(["worker"], { EDIN_DATABASE_URL: url });
    assert.equal(code, 1);
    assert.match(stderr, /^store_unavailable: .+/m);
    const logged = stderr.split("\n").find((line) => line.includes("command_failed"));
    assert.match(logged!, /ECONNREFUSED/);
    assert.doesNotMatch(stderr, /hush-hush/);
  });
});
