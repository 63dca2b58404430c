import assert from "node:assert/strict";
import { RestartPolicy } from "../../../extension/daemon/restartPolicy.ts";

describe("the restart policy of the daemon", () => {
  it("waits longer after each crash and gives up at the fifth within three minutes", () => {
    const policy = new RestartPolicy();
    const delays = [0, 10_000, 20_000, 30_000, 40_000].map((nowMs) => policy.crashed(nowMs));
    assert.deepEqual(delays, [500, 1500, 4500, 13_500, undefined]);
  });

  it("forgets crashes that are more than three minutes ago", () => {
    const policy = new RestartPolicy();
    for (let minute = 0; minute < 60; minute++)
      assert.notEqual(policy.crashed(minute * 60_000), undefined, `minute ${minute}`);
  });

  it("starts afresh when a user asks", () => {
    const policy = new RestartPolicy();
    for (let i = 0; i < 5; i++) policy.crashed(i);
    policy.reset();
    assert.equal(policy.crashed(10), 500);
  });
});
