import assert from "node:assert/strict";
import { AppError, isAppError, toAppError } from "../../shared/errors.ts";

describe("errors", () => {
  it("keeps an AppError as it is", () => {
    const error = new AppError("no_video", "The file has no picture.");
    assert.equal(toAppError(error), error);
    assert.ok(isAppError(error, "no_video"));
    assert.ok(!isAppError(error, "no_audio"));
  });

  it("knows an error that another copy of the module made", () => {
    const foreign = Object.assign(new Error("The file has no sound."), {
      code: "no_audio",
      [Symbol.for("edin.AppError")]: true,
    });
    assert.ok(isAppError(foreign, "no_audio"));
    assert.equal(toAppError(foreign).code, "no_audio");
    assert.ok(!isAppError(Object.assign(new Error("x"), { code: "no_audio" })));
  });

  it("turns an abort into `cancelled`", () => {
    assert.equal(toAppError(new DOMException("x", "AbortError")).code, "cancelled");
  });

  it("hides the text of an unknown error but keeps it as cause", () => {
    const cause = new Error("secret");
    const error = toAppError(cause);
    assert.equal(error.code, "internal");
    assert.ok(!error.message.includes("secret"));
    assert.equal(error.cause, cause);
  });
});
