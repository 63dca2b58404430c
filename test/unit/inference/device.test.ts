import assert from "node:assert/strict";
import { noCard, providerReason } from "../../../daemon/inference/device.ts";

describe("noCard", () => {
  const cases: [NodeJS.Platform, string[], boolean][] = [
    ["linux", [], true],
    ["linux", ["/dev/dri"], false],
    ["linux", ["/dev/nvidia0"], false],
    ["linux", ["/dev/dxg"], false],
    ["darwin", [], false],
    ["win32", [], false],
  ];
  for (const [platform, files, none] of cases)
    it(`${none ? "says that there is no card" : "lets the driver decide"} on ${platform} with ${files.join() || "no device file"}`, () =>
      assert.equal(noCard(platform, (file) => files.includes(file)) !== undefined, none));
});

describe("providerReason", () => {
  it("keeps the first line that says something", () =>
    assert.equal(providerReason(new Error("\nNo adapter.\nstack")), "No adapter."));
  it("drops the runtime's source position", () =>
    assert.equal(
      providerReason(
        new Error("/a/webgpu_context.cc:136 f()::<lambda()> status == Success was false. No adapters\n"),
      ),
      "No adapters",
    ));
});
