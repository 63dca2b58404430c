import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { agreementManifest, agreementReport } from "../../../daemon/labels/agreementReport.ts";
import type { OpenedLabels } from "../../../daemon/labels/labelFiles.ts";
import { agree } from "../../../shared/labels/agreement/agree.ts";
import { formatLabels, parseLabels } from "../../../shared/labels/document.ts";
import { labelsText, sampleScheme } from "./sampleLabels.ts";

function file(annotator: string, label: string, head: object = {}): OpenedLabels {
  const annotations = [
    { id: "a", tier: "face", startMs: 0, endMs: 4000, label: "happy" },
    { id: "b", tier: "face", startMs: 4000, endMs: 8000, label },
    { id: "c", tier: "blink", startMs: 500, label: "blink" },
  ];
  const document = parseLabels(labelsText(annotations, { annotator, ...head }));
  const name = `clip.${annotator}.labels.json`;
  return { file: name, name, clipPath: "clip.mp4", document, scheme: sampleScheme };
}

describe("the report of agreement", () => {
  const files = [
    file("ann", "sad", { blind: true }),
    file("bob", "neutral", { blind: true, unblinded: "x" }),
  ];
  const agreement = agree(files, { resamples: 50 });
  const { markdown, html, json } = agreementReport(agreement, agreementManifest(files));

  it("has the same figures in Markdown, HTML and JSON, and says what cannot be computed", () => {
    const face = agreement.tiers.find(({ tier }) => tier === "face")!;
    assert.ok(face.kind === "interval");
    const kappa = face.time.pairs[0]!.kappa!.toFixed(3);
    for (const text of [markdown, html])
      for (const part of ["Krippendorff", "Pairs, over time", "Confusion", kappa, "not defined"])
        assert.ok(text.includes(part), part);
    const { tiers } = JSON.parse(json) as typeof agreement;
    assert.deepEqual(tiers, JSON.parse(JSON.stringify(agreement.tiers)));
  });

  it("names the files with their hashes, and which of them were labelled blind to the end", () => {
    const { manifest } = JSON.parse(json) as { manifest: ReturnType<typeof agreementManifest> };
    assert.deepEqual(
      manifest.files.map(({ annotator, blind, sha256 }) => [annotator, blind, sha256]),
      files.map(({ document }, i) => [
        document.head.annotator,
        i === 0,
        createHash("sha256").update(formatLabels(document)).digest("hex"),
      ]),
    );
    assert.ok(markdown.includes(manifest.files[0]!.sha256.slice(0, 16)));
  });
});
