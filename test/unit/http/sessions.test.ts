import assert from "node:assert/strict";
import { Sessions } from "../../../daemon/http/sessions.ts";
import { isAppError } from "../../../shared/errors.ts";
import { createCode, pageCodeMinutes } from "../../../shared/protocol/system.ts";

describe("the one-time code of a page", () => {
  const { now } = Date;
  afterEach(() => (Date.now = now));
  const later = (minutes: number) => (Date.now = () => now() + minutes * 60_000);
  const refused = (error: unknown) => isAppError(error, "unauthorized");

  it("lives as long as is said of it, and lets in once", () => {
    assert.ok(createCode.summary.includes(`within ${pageCodeMinutes} minutes`));
    const sessions = new Sessions();
    const [first, second] = [sessions.createCode(), sessions.createCode()];
    assert.ok(Math.abs(first.expiresAt - now() - pageCodeMinutes * 60_000) < 5000);
    later(pageCodeMinutes - 0.1);
    sessions.open(first.secret.reveal());
    assert.throws(() => sessions.open(first.secret.reveal()), refused);
    later(pageCodeMinutes + 0.1);
    assert.throws(() => sessions.open(second.secret.reveal()), refused);
  });

  it("counts among the newest ten", () => {
    const sessions = new Sessions();
    const codes = Array.from({ length: 11 }, () => sessions.createCode().secret.reveal());
    assert.throws(() => sessions.open(codes[0]!), refused);
    for (const code of codes.slice(1)) sessions.open(code);
  });
});
