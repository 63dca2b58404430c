import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { validateXML } from "xmllint-wasm";
import { eventsCsv, framesCsv } from "../../../daemon/results/exports/csv.ts";
import { csvCell } from "../../../shared/csv.ts";
import { toEaf } from "../../../daemon/results/exports/eaf.ts";
import { escapeXml } from "../../../shared/text/escapeXml.ts";
import { emotionSegments } from "../../../daemon/results/exports/segments.ts";
import { speechLabels, type ExpressionLabel } from "../../../shared/emotion/labels.ts";
import type { Pipeline } from "../../../shared/protocol/pipelines.ts";
import type { Face, FrameLine, SpeechLine } from "../../../shared/protocol/results.ts";
import { modelSegment, type Stretch } from "../../../shared/segments/segment.ts";
import { feeling, sampleAnalysis, sampleFace, sampleLine, unitsWith } from "./samples.ts";

const said = (label: string, startMs: number, endMs: number): Stretch =>
  modelSegment({ kind: "face", track: 1 }, "emotion", { label, startMs, endMs });

async function text(parts: AsyncIterable<string>): Promise<string> {
  let whole = "";
  for await (const part of parts) whole += part;
  return whole;
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  for (const item of items) yield await Promise.resolve(item);
}

/** Frames of 100 ms whose face 1 feels as given; undefined is a frame without a face. */
function feelings(list: readonly (ExpressionLabel | undefined)[]): FrameLine[] {
  return list.map((label, i) =>
    sampleLine(i, i * 100, label === undefined ? [] : [sampleFace(1, { emotion: feeling(label) })]),
  );
}

describe("CSV", () => {
  for (const [value, cell] of [
    [undefined, ""],
    [-1.5, "-1.5"],
    [true, "true"],
    ["plain", "plain"],
    ["=1+1", "'=1+1"],
    ["+1", "'+1"],
    ["-1", "'-1"],
    ["@SUM(A1)", "'@SUM(A1)"],
    ["\t=1", "'\t=1"],
    ["a,b", '"a,b"'],
    ['say "x"', '"say ""x"""'],
    ["two\nlines", '"two\nlines"'],
    ['=HYPERLINK("x")', `"'=HYPERLINK(""x"")"`],
  ] as const) {
    it(`writes ${JSON.stringify(value)} as ${cell}`, () => assert.equal(csvCell(value), cell));
  }

  it("has a row a face and a row for a frame without one", async () => {
    const lines = [sampleLine(0, 0, [sampleFace(1), sampleFace(2)]), sampleLine(1, 40, [])];
    const rows = (await text(framesCsv("clip.mp4", "multimodal", each(lines))))
      .trimEnd()
      .split("\n")
      .map((r) => r.split(","));
    assert.equal(rows.length, 4);
    assert.ok(rows.every((r) => r.length === rows[0]!.length));
    const column = (name: string) => rows.slice(1).map((r) => r[rows[0]!.indexOf(name)]);
    assert.deepEqual(column("track"), ["1", "2", ""]);
    assert.deepEqual(column("state"), ["ok", "ok", "no_face"]);
    assert.deepEqual(column("headYawDeg"), ["-1.5", "-1.5", ""]);
    assert.deepEqual(column("emotion.neutral"), ["0.86", "0.86", ""]);
    assert.deepEqual(column("y67"), ["135.5", "135.5", ""]);
  });

  it("has what the pipeline alone measures of a face", async () => {
    const blendShapes = { jawOpen: 0.25 };
    const actionUnits = unitsWith({ AU26: 1.25 });
    const moved = sampleFace(1, {
      blendShapes,
      actionUnits,
      avatar: { name: "ada", emotion: feeling("happy") },
    });
    const magnified = sampleFace(1, {
      magnification: { alpha: 9, clamped: true, displacementPx: 0.4 },
      compound: { emotion: "happily_surprised", score: 0.6 },
    });
    const cells = async (pipeline: Pipeline, face: Face): Promise<Record<string, string | undefined>> => {
      const all = await text(framesCsv("clip.mp4", pipeline, each([sampleLine(0, 0, [face])])));
      const [names, values] = all.split("\n").map((row) => row.split(","));
      return Object.fromEntries(names!.map((name, i) => [name, values![i]]));
    };
    const avatar = await cells("avatar", moved);
    assert.deepEqual(
      ["avatar.name", "avatar.emotion.happy", "AU26", "AU12", "blendShapes.jawOpen"].map(
        (name) => avatar[name],
      ),
      ["ada", "0.86", "1.25", "0", "0.25"],
    );
    const evm = await cells("evm", magnified);
    assert.deepEqual([evm["magnification.alpha"], evm["compound.emotion"]], ["9", "happily_surprised"]);
    assert.equal("AU26" in evm || "compound.score" in avatar, false);
  });

  it("has events whose labels no spreadsheet runs", async () => {
    const rows = (await text(eventsCsv("clip.mp4", sampleAnalysis.events))).split("\n");
    assert.equal(rows[0], "clip,kind,track,startMs,apexMs,endMs,value,label,emotion,confidence");
    assert.equal(rows[1], "clip.mp4,blink,1,100,150,240.4,0.98,,,");
    assert.ok(rows[3]!.includes(`"'=1+1, ""quoted"" <&>`));
  });
});

describe("segments of one emotion", () => {
  const cases: [string, (ExpressionLabel | undefined)[], [number, number, string][]][] = [
    ["one", ["happy", "happy", "happy", "happy"], [[0, 400, "happy"]]],
    [
      "two",
      ["happy", "happy", "happy", "sad", "sad", "sad", "sad"],
      [
        [0, 300, "happy"],
        [300, 700, "sad"],
      ],
    ],
    ["a flicker is left out", ["happy", "happy", "happy", "sad", "happy", "happy"], [[0, 600, "happy"]]],
    [
      "time out of sight parts them",
      ["sad", "sad", "sad", ...Array.from({ length: 8 }, () => undefined), "sad", "sad"],
      [
        [0, 300, "sad"],
        [1100, 1300, "sad"],
      ],
    ],
    ["a single short frame is left out", ["sad"], []],
  ];
  for (const [name, list, expected] of cases) {
    it(name, async () => {
      const segments = (await emotionSegments(each(feelings(list)), 100)).get(1) ?? [];
      assert.deepEqual(
        segments.map(({ startMs, endMs, label }) => [startMs, endMs, label]),
        expected,
      );
    });
  }
});

describe("segments of a slow clip", () => {
  it("last as long as its frames, though they are a second apart", async () => {
    const list: ExpressionLabel[] = ["happy", "sad", "sad", "happy"];
    const lines = feelings(list).map((line, i) => ({ ...line, timeMs: 1000 * i }));
    const segments = (await emotionSegments(each(lines), 1000)).get(1)!;
    assert.deepEqual(
      segments.map(({ startMs, endMs, label }) => [startMs, endMs, label]),
      [
        [0, 1000, "happy"],
        [1000, 3000, "sad"],
        [3000, 4000, "happy"],
      ],
    );
  });
});

describe("ELAN document", () => {
  const schema = readFileSync(new URL("../../golden/eaf30Subset.xsd", import.meta.url), "utf8");
  const validate = (xml: string) =>
    validateXML({
      xml: { fileName: "a.eaf", contents: xml },
      schema: [{ fileName: "eaf.xsd", contents: schema }],
    });

  const spoken = (label: (typeof speechLabels)[number]) =>
    Object.fromEntries(
      speechLabels.map((l) => [l, l === label ? 0.93 : 0.01]),
    ) as SpeechLine["probabilities"];
  const segment = (startMs: number, endMs: number, label?: (typeof speechLabels)[number]): SpeechLine => ({
    ...{ startMs, endMs, levelDb: -20, state: label ? "ok" : "no_speech" },
    ...(label && { probabilities: spoken(label) }),
  });
  const eaf = toEaf(sampleAnalysis, {
    emotions: new Map([
      [1, [said("happy", 0, 1000.6), said("neutral", 1000.6, 3000)]],
      [2, [said("sad", 200, 200)]],
    ]),
    fused: new Map([[undefined, [said("fear", 500, 900)]]]),
    speech: [
      ...[segment(0, 2000, "calm"), segment(0, 2500, "calm"), segment(500, 3000, "calm")],
      ...[segment(1000, 3500, "angry"), segment(1500, 4000)],
    ],
  });

  it("has tiers for the voice, whose overlapping segments follow one another, each around its middle", () => {
    const tier = (name: string) =>
      [
        ...(eaf.split(`TIER_ID="${name}"`)[1]?.split("</TIER>")[0] ?? "").matchAll(
          /TIME_SLOT_REF1="(ts\d+)" TIME_SLOT_REF2="(ts\d+)"><ANNOTATION_VALUE>(\w+)</g,
        ),
      ].map(([, from, to, value]) => [slot(from!), slot(to!), value]);
    const slot = (id: string) => Number(new RegExp(`"${id}" TIME_VALUE="(\\d+)"`).exec(eaf)![1]);
    assert.deepEqual(tier("speech: emotion"), [
      [0, 2000, "calm"],
      [2000, 2500, "angry"],
    ]);
    assert.deepEqual(tier("speech: fused"), [[500, 900, "fear"]]);
  });

  it("is valid by the schema", async () => {
    const { valid, errors } = await validate(eaf);
    assert.deepEqual(errors, []);
    assert.ok(valid);
  });

  it("would not be valid with a reference to no time slot", async () => {
    const { valid } = await validate(eaf.replace(/TIME_SLOT_REF2="ts\d+"/, 'TIME_SLOT_REF2="ts999"'));
    assert.ok(!valid);
  });

  it("has its time slots in order and every annotation longer than nothing", () => {
    const slots = new Map(
      [...eaf.matchAll(/TIME_SLOT_ID="(\w+)" TIME_VALUE="(\d+)"/g)].map(([, id, ms]) => [id!, Number(ms)]),
    );
    const values = [...slots.values()];
    assert.deepEqual(
      values,
      [...values].sort((a, b) => a - b),
    );
    const ends = [...eaf.matchAll(/TIME_SLOT_REF1="(\w+)" TIME_SLOT_REF2="(\w+)"/g)];
    assert.equal(ends.length, 9);
    assert.ok(ends.every(([, from, to]) => slots.get(from!)! < slots.get(to!)!));
  });

  it("shows names and labels as text", () => {
    assert.ok(eaf.includes(`MEDIA_URL="./A%20%22clip%22%20%26%20%3Cmore%3E.mp4"`));
    assert.ok(
      eaf.includes("<ANNOTATION_VALUE>=1+1, &quot;quoted&quot; &lt;&amp;&gt;\u{FFFD}</ANNOTATION_VALUE>"),
    );
  });

  it("escapes what XML cannot hold", () => {
    assert.equal(
      escapeXml("a<b>&\"'\u0000\uD800\u{1F600}"),
      "a&lt;b&gt;&amp;&quot;&#39;\u{FFFD}\u{FFFD}\u{1F600}",
    );
  });
});
