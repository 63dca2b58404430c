import assert from "node:assert/strict";
import { contrast, readableOn } from "../../../webview/draw/readable.ts";

describe("a text on a coloured stretch", () => {
  const context = { fillStyle: "" } as CanvasRenderingContext2D;
  const dark = { foreground: "#cccccc", background: "#1e1e1e" };
  const light = { foreground: "#1f2328", background: "#ffffff" };

  it("has the contrasts of WCAG", () => {
    assert.equal(contrast([0, 0, 0], [255, 255, 255]), 21);
    assert.ok(Math.abs(contrast([119, 119, 119], [255, 255, 255]) - 4.48) < 0.01);
  });

  it("is dark on bright yellow and bright on dark violet, in a dark theme as in a light one", () => {
    assert.equal(readableOn(context, "#f0e442", 0.75, dark), dark.background);
    assert.equal(readableOn(context, "#3b0f70", 0.75, dark), dark.foreground);
    assert.equal(readableOn(context, "#f0e442", 0.75, light), light.foreground);
    assert.equal(readableOn(context, "#3b0f70", 0.9, light), light.background);
  });

  it("is the theme's own where a colour cannot be told", () => {
    assert.equal(readableOn(context, "rgba(0, 0, 0, 0.5)", 1, dark), dark.foreground);
  });
});
