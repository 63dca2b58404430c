import assert from "node:assert/strict";
import { readAny, writeAny } from "../../../daemon/labels/convert.ts";
import { AppError } from "../../../shared/errors.ts";
import { parseLabels, type LabelsDocument } from "../../../shared/labels/document.ts";
import { readScheme } from "../../../shared/labels/scheme.ts";
import { labelsText, sampleScheme } from "./sampleLabels.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const sample = parseLabels(
  labelsText(
    [
      {
        id: "a",
        tier: "face",
        startMs: 0,
        endMs: 1200,
        label: "happy",
        intensity: "C",
        note: 'big "smile" & <more>',
      },
      { id: "b", tier: "face", startMs: 1200, endMs: 2520, label: "sad" },
      { id: "c", tier: "blink", startMs: 640, label: "blink" },
    ],
    { scheme: sampleScheme },
  ),
);
const times = ({ annotations }: LabelsDocument) =>
  annotations.map(({ tier, startMs, endMs, label }) => [tier, startMs, endMs, label]);

function through(ending: string, document = sample) {
  const written = writeAny(`x${ending}`, { document }, sampleScheme);
  return { written, again: readAny(`x${ending}`, bytes(written.text)).document };
}

const eaf = (body: string, header = "") => `<?xml version="1.0" encoding="UTF-8"?>
<ANNOTATION_DOCUMENT AUTHOR="" DATE="2020-01-01T00:00:00+00:00" FORMAT="3.0" VERSION="3.0">
<HEADER MEDIA_FILE="" TIME_UNITS="milliseconds">${header}</HEADER>${body}</ANNOTATION_DOCUMENT>`;

describe("conversion of labels", () => {
  for (const ending of [".csv", ".tsv", ".TextGrid"] as const)
    it(`${ending} gives back tiers, times and labels`, () => {
      assert.deepEqual(times(through(ending).again), times(sample));
    });

  it(".eaf gives back tiers, times, labels, intensities and notes; moments last 1 ms, and that is said", () => {
    const { written, again } = through(".eaf");
    const [a, c, b] = again.annotations;
    assert.deepEqual(
      [a!.label, a!.intensity, a!.note, a!.endMs],
      ["happy", "C", 'big "smile" & <more>', 1200],
    );
    assert.deepEqual([b!.startMs, b!.endMs, c!.startMs, c!.endMs], [1200, 2520, 640, 641]);
    assert.ok(written.lost.some((what) => what.includes("1 moment ")));
    const read = readScheme(again.head.scheme);
    assert.ok("scheme" in read);
    assert.deepEqual(
      read.scheme.tiers[0]!.labels!.map(({ id }) => id),
      ["neutral", "happy", "sad"],
    );
  });

  for (const ending of [".vtt", ".srt"] as const)
    it(`${ending} names the tier of each cue, and says what it cannot hold`, () => {
      const { written, again } = through(ending);
      assert.deepEqual(times(again)[0], ["face", 0, 1200, "happy"]);
      assert.ok(written.lost.some((what) => what.includes("intensities")));
      assert.ok(written.lost.some((what) => what.includes("notes")));
    });

  it("a trace, a comment and a proposal that a format cannot hold are listed", () => {
    const rich = {
      ...sample,
      annotations: [
        {
          ...sample.annotations[0]!,
          comments: [{ by: "x", at: "", text: "y" }],
          unsure: true,
          from: { analysis: "z" },
        },
      ],
      traces: [{ tier: "valence", startMs: 0, rateHz: 25, values: [0] }],
    };
    const { lost } = through(".eaf", rich).written;
    for (const what of ["comments", "not being sure", "proposed", "traces"])
      assert.ok(
        lost.some((one) => one.includes(what)),
        what,
      );
  });

  describe("of ELAN", () => {
    it("spreads slots without a time evenly between their neighbours", () => {
      const slots = `<TIME_ORDER><TIME_SLOT TIME_SLOT_ID="t1" TIME_VALUE="1000"/><TIME_SLOT TIME_SLOT_ID="t2"/><TIME_SLOT TIME_SLOT_ID="t3"/><TIME_SLOT TIME_SLOT_ID="t4" TIME_VALUE="4000"/></TIME_ORDER>`;
      const one = (id: string, from: string, to: string) =>
        `<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="${id}" TIME_SLOT_REF1="${from}" TIME_SLOT_REF2="${to}"><ANNOTATION_VALUE>${id}</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>`;
      const tier = `<TIER TIER_ID="words" LINGUISTIC_TYPE_REF="w">${one("a", "t1", "t2")}${one("b", "t2", "t3")}${one("c", "t3", "t4")}</TIER>`;
      const { document } = readAny("x.eaf", bytes(eaf(slots + tier)));
      assert.deepEqual(
        document.annotations.map(({ startMs, endMs }) => [startMs, endMs]),
        [
          [1000, 2000],
          [2000, 3000],
          [3000, 4000],
        ],
      );
    });

    it("gives references the time of what they refer to, shared evenly along their chain", () => {
      const body =
        `<TIME_ORDER><TIME_SLOT TIME_SLOT_ID="t1" TIME_VALUE="0"/><TIME_SLOT TIME_SLOT_ID="t2" TIME_VALUE="900"/></TIME_ORDER>` +
        `<TIER TIER_ID="glosses" PARENT_REF="words" LINGUISTIC_TYPE_REF="g"><ANNOTATION><REF_ANNOTATION ANNOTATION_ID="g2" ANNOTATION_REF="w1" PREVIOUS_ANNOTATION="g1"><ANNOTATION_VALUE>second</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION>` +
        `<ANNOTATION><REF_ANNOTATION ANNOTATION_ID="g1" ANNOTATION_REF="w1"><ANNOTATION_VALUE>first</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION></TIER>` +
        `<TIER TIER_ID="words" LINGUISTIC_TYPE_REF="w"><ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="w1" TIME_SLOT_REF1="t1" TIME_SLOT_REF2="t2"><ANNOTATION_VALUE>both</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION></TIER>`;
      const { document } = readAny("x.eaf", bytes(eaf(body)));
      assert.deepEqual(
        document.annotations.map(({ label, startMs, endMs }) => [label, startMs, endMs]),
        [
          ["first", 0, 450],
          ["both", 0, 900],
          ["second", 450, 900],
        ],
      );
    });

    it("adds the offset of the first of several media, and takes it off again", () => {
      const media = `<MEDIA_DESCRIPTOR MEDIA_URL="file:///c:/clips/A%20b.mp4" MIME_TYPE="video/mp4" TIME_ORIGIN="500"/><MEDIA_DESCRIPTOR MEDIA_URL="file:///side.mp4" MIME_TYPE="video/mp4"/>`;
      const body =
        `<TIME_ORDER><TIME_SLOT TIME_SLOT_ID="t1" TIME_VALUE="100"/><TIME_SLOT TIME_SLOT_ID="t2" TIME_VALUE="200"/></TIME_ORDER>` +
        `<TIER TIER_ID="Mimik: Öffnen" ANNOTATOR="hk" PARTICIPANT="P1" LINGUISTIC_TYPE_REF="d"><ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a1" TIME_SLOT_REF1="t1" TIME_SLOT_REF2="t2"><ANNOTATION_VALUE>auf</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION></TIER>`;
      const { document, lost } = readAny("x.eaf", bytes(eaf(body, media)));
      assert.deepEqual([document.head.media.file, document.head.annotator], ["A b.mp4", "hk"]);
      assert.deepEqual(
        [document.annotations[0]!.startMs, document.annotations[0]!.tier],
        [600, "mimik-o-ffnen"],
      );
      assert.ok(lost.some((one) => one.includes("side.mp4")));
      const read = readScheme(document.head.scheme);
      assert.ok("scheme" in read);
      const { text } = writeAny("y.eaf", { document }, read.scheme);
      for (const part of [
        'TIME_VALUE="100"',
        'TIME_ORIGIN="500"',
        'TIER_ID="Mimik: Öffnen"',
        'PARTICIPANT="P1"',
      ])
        assert.ok(text.includes(part), part);
    });

    it("takes the first language of a vocabulary, and says so; one in another file is told", () => {
      const body =
        `<TIME_ORDER/><TIER TIER_ID="t" LINGUISTIC_TYPE_REF="l"/><LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="l" CONTROLLED_VOCABULARY_REF="cv"/>` +
        `<CONTROLLED_VOCABULARY CV_ID="cv"><CV_ENTRY_ML CVE_ID="1"><CVE_VALUE LANG_REF="en">joy</CVE_VALUE><CVE_VALUE LANG_REF="de">Freude</CVE_VALUE></CV_ENTRY_ML></CONTROLLED_VOCABULARY>` +
        `<CONTROLLED_VOCABULARY CV_ID="far" EXT_REF="e1"/><EXTERNAL_REF EXT_REF_ID="e1" TYPE="ecv" VALUE="https://example.org/x.ecv"/>`;
      const { document, lost } = readAny("x.eaf", bytes(eaf(body)));
      const read = readScheme(document.head.scheme);
      assert.ok("scheme" in read);
      assert.deepEqual(read.scheme.tiers[0]!.labels, [{ id: "joy" }]);
      assert.ok(
        lost.some((one) => one.includes("first language")) && lost.some((one) => one.includes("example.org")),
      );
    });
  });

  it("reads Praat's short form, UTF-16 and doubled quotes", () => {
    const short = `File type = "ooTextFile"\nObject class = "TextGrid"\n\n0\n2.5\n<exists>\n2\n"IntervalTier"\n"words"\n0\n2.5\n2\n0\n1\n"say ""hi"""\n1\n2.5\n""\n"TextTier"\n"tones"\n0\n2.5\n1\n0.5\n"H*"\n`;
    const utf16 = new Uint8Array([
      0xff,
      0xfe,
      ...new Uint8Array(Uint16Array.from(short, (c) => c.charCodeAt(0)).buffer),
    ]);
    for (const file of [bytes(short), utf16])
      assert.deepEqual(times(readAny("x.TextGrid", file).document), [
        ["words", 0, 1000, 'say "hi"'],
        ["tones", 500, undefined, "H*"],
      ]);
  });

  it("long and many texts of subtitles are texts, not labels", () => {
    const cues = Array.from(
      { length: 3 },
      (_, i) => `${i + 1}\n00:00:0${i},000 --> 00:00:0${i + 1},000\nA line that\nis of two lines, ${i}\n`,
    );
    const { document } = readAny("x.srt", bytes(cues.join("\n")));
    assert.deepEqual(
      [document.annotations[1]!.label, document.annotations[1]!.note],
      ["text", "A line that\nis of two lines, 1"],
    );
    assert.match(writeAny("y.srt", { document }, undefined).text, /is of two lines, 2/);
  });

  it("a table whose times have no unit is refused, one in seconds is read", () => {
    assert.throws(
      () => readAny("x.csv", bytes("start,end,label\n1,2,a\n")),
      (error) => error instanceof AppError && error.code === "invalid_csv",
    );
    assert.deepEqual(times(readAny("x.csv", bytes("tier,start_s,end [s],label\nface,0.5,1,a\n")).document), [
      ["face", 500, 1000, "a"],
    ]);
    assert.deepEqual(
      times(readAny("x.tsv", bytes("Tier\tBegin\tEnd\tValue\nface\t00:00:01.500\t0:02.000\ta\n")).document),
      [["face", 1500, 2000, "a"]],
    );
    // As every table is read: whatever separates the cells, behind a mark or a line `sep=`.
    for (const table of [
      "sep=;\nstart_ms;end_ms;label\n1,5;2;a\n",
      "\uFEFFstart_ms\tend_ms\tlabel\n1.5\t2\ta\n",
    ])
      assert.deepEqual(times(readAny("x.csv", bytes(table)).document), [["labels", 1.5, 2, "a"]], table);
  });
});
