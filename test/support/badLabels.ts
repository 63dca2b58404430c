/** A labels file in which each kind of bad input occurs once, for the scheme of a tier `face` with happy, sad and neutral. */
export function badLabels(clip: string, annotator: string, scheme: string): string {
  const annotation = (id: string, startMs: number, endMs: number, label: string, tier = "face") =>
    JSON.stringify({ id, tier, startMs, endMs, label });
  return `{
"schemaVersion": 1,
"media": {"file": "${clip}", "sha256": "${"a".repeat(64)}", "durationMs": 10000},
"annotator": "${annotator}",
"scheme": "${scheme}",
"schemeFingerprint": "0",
"annotations": [
${[
  annotation("b1", 0, 1000, "happy"),
  annotation("b2", 900, 1500, "sad"),
  annotation("b3", 2000, 1800, "happy"),
  annotation("b4", 2500, 2600, "happy", "fase"),
  annotation("b5", 3000, 3200, "hapy"),
  annotation("b6", 3800, 99_000, "neutral"),
].join(",\n")}
],
"traces": [
]
}
`;
}

/** What is wrong in it where another file of the annotator lies beside it: code, what its line holds, words, the first fix. */
export const badInput = [
  ["clip_changed", '"media"', /is not the clip that was labelled/, "Take the clip as it is now"],
  ["scheme_changed", '"scheme"', /tiers or labels changed/, "Take the scheme as it is now"],
  ["same_annotator", '"annotator"', /is of the same annotator and clip/, "Call this annotator bad-2"],
  ["end_before_start", '"b3"', /not after its start/, "Swap start and end"],
  ["unknown_tier", '"b4"', /no tier fase/, "Move it to face"],
  ["unknown_label", '"b5"', /no label hapy/, "Replace it by happy"],
  ["past_end", '"b6"', /past the end of the clip/, "End with the clip"],
  ["overlap", '"b2"', /overlaps happy/, "End happy where sad begins"],
] as const;

/** All six, mended: nothing is lost. */
export const mendedRows = (durationMs: number) => [
  ["b1", "face", 0, 900, "happy"],
  ["b2", "face", 900, 1500, "sad"],
  ["b3", "face", 1800, 2000, "happy"],
  ["b4", "face", 2500, 2600, "happy"],
  ["b5", "face", 3000, 3200, "happy"],
  ["b6", "face", 3800, durationMs, "neutral"],
];
