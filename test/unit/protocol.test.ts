import assert from "node:assert/strict";
import { getExport, listAnalyses, startAnalysis } from "../../shared/protocol/analyses.ts";
import { toHttp } from "../../shared/protocol/endpoint.ts";
import { originSchema } from "../../shared/protocol/system.ts";

describe("protocol", () => {
  it("puts parameters into path, query and body", () => {
    const id = "0b2f4a6e-9d0c-4c55-8f0a-2f3f2b1c9a11";
    assert.deepEqual(toHttp(getExport, { id, name: "frames.csv" }), {
      method: "GET",
      path: `/api/analyses/${id}/exports/frames.csv`,
    });
    assert.deepEqual(toHttp(listAnalyses, { state: "done", limit: 5, before: undefined }), {
      method: "GET",
      path: "/api/analyses?state=done&limit=5",
    });
    assert.deepEqual(toHttp(startAnalysis, { mediaPath: "/a b.mp4" }), {
      method: "POST",
      path: "/api/analyses",
      body: '{"mediaPath":"/a b.mp4"}',
    });
  });

  const origins: [string, boolean][] = [
    ["vscode-webview://1a2b-3c", true],
    ["http://127.0.0.1:3000", true],
    ["http://localhost:3000", true],
    ["https://localhost.evil.example", false],
    ["http://127.0.0.1.evil:80", false],
    ["http://127.0.0.1:80@evil.example", false],
    ["vscode-webview://*", false],
    ["null", false],
    ["*", false],
  ];
  for (const [origin, expected] of origins) {
    it(`${expected ? "accepts" : "refuses"} ${origin} as a webview's origin`, () => {
      assert.equal(originSchema.safeParse(origin).success, expected);
    });
  }
});
