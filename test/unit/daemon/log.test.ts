import assert from "node:assert/strict";
import { createLog } from "../../../daemon/log.ts";
import { Secret } from "../../../daemon/secret.ts";
import { AppError } from "../../../shared/errors.ts";

describe("log", () => {
  const collect = (level: "debug" | "info" | "warn") => {
    const lines: string[] = [];
    return { lines, log: createLog(level, (line) => lines.push(line)) };
  };

  it("writes one JSON object a line, from its level upwards", () => {
    const { lines, log } = collect("warn");
    log.info("ignored");
    log.warn("disk_low", { freeBytes: 12n, name: "a\nb" });
    assert.equal(lines.length, 1);
    assert.equal(lines[0]?.split("\n").length, 2);
    const { time, ...rest } = JSON.parse(lines[0]) as Record<string, unknown>;
    assert.ok(!Number.isNaN(Date.parse(String(time))));
    assert.deepEqual(rest, { level: "warn", event: "disk_low", freeBytes: "12", name: "a\nb" });
  });

  it("keeps code and cause of an error", () => {
    const { lines, log } = collect("info");
    log.error("failed", { error: new AppError("no_video", "No picture.", { cause: new Error("inner") }) });
    const { error } = JSON.parse(lines[0] ?? "") as { error: { code: string; cause: { message: string } } };
    assert.deepEqual([error.code, error.cause.message], ["no_video", "inner"]);
  });

  it("cannot show a secret, neither as a value nor inside another text", () => {
    const { lines, log } = collect("debug");
    const secret = Secret.random();
    log.hide(secret);
    log.debug("start", { secret, nested: { list: [secret] }, text: `Bearer ${secret.reveal()}` });
    log.error("crash", { error: new Error(`GET /?token=${secret.reveal()}`) });
    assert.equal(lines.length, 2);
    for (const line of lines) assert.ok(!line.includes(secret.reveal()) && line.includes("[hidden]"));
  });
});

describe("secret", () => {
  it("matches itself only", () => {
    const secret = new Secret("abc");
    assert.ok(secret.matches("abc"));
    for (const other of ["", "ab", "abcd", "abd", "[hidden]"]) assert.ok(!secret.matches(other));
  });
});
