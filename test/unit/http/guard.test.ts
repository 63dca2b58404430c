import assert from "node:assert/strict";
import { Guard } from "../../../daemon/http/guard.ts";
import { Sessions } from "../../../daemon/http/sessions.ts";
import { Secret } from "../../../daemon/secret.ts";
import { loadConfig } from "../../../daemon/config.ts";
import { isAppError } from "../../../shared/errors.ts";

describe("the guard's rates", () => {
  it("a flood of strangers, with and without a forged cookie, leaves a participant's answers alone", () => {
    const { limits } = loadConfig({ limits: { requestsPerSecond: 1, requestsBurst: 50 } }, {});
    const guard = new Guard(Secret.random(), Secret.random(), new Sessions(), limits);
    guard.listensOn(4000);
    const host = "127.0.0.1:4000";
    const withForm = (secret: string) => ({
      ...{ host, "sec-fetch-site": "same-origin" },
      cookie: `edin_form_4000=${secret}`,
    });
    guard.knowForm("participant");
    let refused = 0;
    for (let n = 0; n < 1000; n++) {
      for (const headers of [{ host }, withForm(`forged-${n}`)]) {
        try {
          guard.admit(headers);
        } catch (error) {
          assert.ok(isAppError(error, "too_many_requests"));
          refused++;
        }
      }
    }
    assert.ok(refused > 1800, String(refused));
    for (let n = 0; n < 40; n++) assert.equal(guard.admit(withForm("participant")), "nobody");
  });
});
