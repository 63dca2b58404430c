import assert from "node:assert/strict";
import { validateXML } from "xmllint-wasm";
import { readFileSync } from "node:fs";
import { readAny, writeAny } from "../../../daemon/labels/convert.ts";
import { AppError } from "../../../shared/errors.ts";
import { formatLabels, parseLabels, type LabelsDocument } from "../../../shared/labels/document.ts";
import { readScheme } from "../../../shared/labels/scheme.ts";
import type { Scheme } from "../../../shared/protocol/scheme.ts";
import { labelsText, sampleScheme } from "./sampleLabels.ts";
import { elanProject, praatLong, praatShort, subRip, webVtt } from "./foreignFiles.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const rows = ({ annotations }: LabelsDocument) =>
  annotations.map(({ tier, startMs, endMs, label, note }) => [tier, startMs, endMs, label, note]);

function schemeOf({ head }: LabelsDocument): Scheme {
  const read = readScheme(head.scheme);
  assert.ok("scheme" in read);
  return read.scheme;
}

/** Reads it, writes it in its own format, and reads that. */
function thereAndBack(name: string, text: string) {
  const first = readAny(name, bytes(text));
  // By way of a labels file, as a user goes.
  const document = parseLabels(formatLabels(first.document));
  const written = writeAny(name, { document }, schemeOf(document));
  return { first, written, again: readAny(name, bytes(written.text)) };
}

const told = (lost: readonly string[], ...parts: readonly (string | RegExp)[]): void => {
  for (const part of parts)
    assert.ok(
      lost.some((one) => (typeof part === "string" ? one.includes(part) : part.test(one))),
      `${String(part)} is not in:\n${lost.join("\n")}`,
    );
};

const sorted = (some: readonly unknown[]): string[] => some.map((one) => JSON.stringify(one)).sort();

describe("files of other programs", () => {
  describe("a project of ELAN with every kind of tier", () => {
    const { first, written, again } = thereAndBack("Interview 1.eaf", elanProject);

    it("is read with the times that ELAN shows", () => {
      const expected = [
        ["words", 1000, 1250, "he", undefined],
        ["pos", 1000, 1250, "PRON", undefined],
        ["syllables", 1000, 1500, "he", undefined],
        ["a-u-erung", 1000, 2000, "he's run & fällt <laughs>", undefined],
        ["words", 1250, 1500, "ran", undefined],
        ["pos", 1250, 1500, "VERB", undefined],
        ["words", 1500, 1750, "and", undefined],
        ["syllables", 1500, 2000, "ran", undefined],
        ["words", 1750, 2000, "fell", undefined],
        ["pos", 1750, 2000, "VERB", undefined],
        ["gesture", 2500, 3100, "beat", undefined],
        ["a-u-erung", 2500, 3100, "(empty)", undefined],
      ];
      assert.deepEqual(sorted(rows(first.document)), sorted(expected));
      const { tiers } = schemeOf(first.document);
      assert.deepEqual(
        tiers.map(({ title, id, parent }) => [title ?? id, parent]),
        [
          ["Äußerung", undefined],
          ["syllables", "a-u-erung"],
          ["words", "a-u-erung"],
          ["pos", "words"],
          ["gesture", "a-u-erung"],
          ["empty tier", undefined],
        ],
      );
      assert.deepEqual(tiers[3]!.labels, [{ id: "VERB", note: "a doing word" }, { id: "PRON" }]);
      assert.deepEqual(
        [first.document.head.media.file, first.document.head.annotator],
        ["Interview 1.mp4", "mm"],
      );
    });

    it("tells what no labels file holds", () => {
      told(
        first.lost,
        ...["LICENSE", "LANGUAGE", "glove.csv", "gestures.ecv", "Languages of tiers", "data categories"],
        /References of 1 annotation /,
      );
      assert.ok(!first.lost.some((one) => one.includes("URN")));
    });

    it("annotations without a time are told by tier, with what they say", () => {
      const [before, after] = elanProject.split('TIER_ID="pos">') as [string, string];
      const lone = ["a90", "a91"].map(
        (id, i) =>
          `<ANNOTATION><REF_ANNOTATION ANNOTATION_ID="${id}" ANNOTATION_REF="gone"><ANNOTATION_VALUE>w${i}</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION>`,
      );
      const { lost } = readAny("x.eaf", bytes(`${before}TIER_ID="pos">${lone.join("")}${after}`));
      told(lost, `pos: 2 annotations without a time, left out (a90 "w0", a91 "w1").`);
    });

    it("goes back as it came: tiers on their parents, references as such, vocabularies with their remarks", () => {
      assert.deepEqual(rows(again.document), rows(first.document));
      assert.deepEqual(schemeOf(again.document), schemeOf(first.document));
      for (const part of [
        'PARENT_REF="words"',
        'PREVIOUS_ANNOTATION="',
        'LINGUISTIC_TYPE_ID="words" TIME_ALIGNABLE="false" GRAPHIC_REFERENCES="false" CONSTRAINTS="Symbolic_Subdivision"',
        'LINGUISTIC_TYPE_ID="pos" TIME_ALIGNABLE="false" GRAPHIC_REFERENCES="false" CONSTRAINTS="Symbolic_Association" CONTROLLED_VOCABULARY_REF="pos"',
        'CVE_VALUE DESCRIPTION="a doing word"',
        'PARTICIPANT="P1"',
      ])
        assert.ok(written.text.includes(part), `${part} is not in\n${written.text}`);
      told(written.lost, "syllables is time subdivision");
    });

    it("goes back valid by the schema, as do labels with intensities, notes and moments", async () => {
      const schema = readFileSync(new URL("../../golden/eaf30Subset.xsd", import.meta.url), "utf8");
      const rich = parseLabels(
        labelsText(
          [
            { id: "a", tier: "face", startMs: 0, endMs: 1200.4, label: "happy", intensity: "C", note: "<&" },
            { id: "b", tier: "smile", startMs: 100, endMs: 900, label: "open" },
            { id: "c", tier: "blink", startMs: 640, label: "blink" },
            { id: "d", tier: "face", face: 2, startMs: 0, endMs: 50, label: "sad" },
          ],
          { done: "2026-11-27T10:00:00.000Z", eaf: { timeOriginMs: 40 } },
        ),
      );
      for (const contents of [written.text, writeAny("x.eaf", { document: rich }, sampleScheme).text]) {
        const { errors } = await validateXML({
          xml: { fileName: "a.eaf", contents },
          schema: [{ fileName: "eaf.xsd", contents: schema }],
        });
        assert.deepEqual(errors, [], contents);
      }
    });

    it("is no longer a subdivision where an edge was moved, and that is told", () => {
      const { document } = first;
      const moved = {
        ...document,
        annotations: document.annotations.map((one) => (one.label === "and" ? { ...one, endMs: 1700 } : one)),
      };
      const { text, lost } = writeAny("x.eaf", { document: moved }, schemeOf(document));
      told(lost, "words is symbolic subdivision");
      assert.deepEqual(rows(readAny("x.eaf", bytes(text)).document), rows(moved));
      const beyond = {
        ...document,
        annotations: document.annotations.map((one) =>
          one.label === "beat" ? { ...one, endMs: 3500 } : one,
        ),
      };
      told(writeAny("x.eaf", { document: beyond }, schemeOf(document)).lost, "gesture lies in Äußerung");
    });
  });

  it("an entity of XML that grows without end is refused", () => {
    const bomb = Array.from({ length: 9 }, (_, i) => `<!ENTITY e${i + 1} "${`&e${i};`.repeat(10)}">`).join(
      "",
    );
    const text = elanProject
      .replace("<ANNOTATION_DOCUMENT", `<!DOCTYPE d [<!ENTITY e0 "laugh">${bomb}]>\n<ANNOTATION_DOCUMENT`)
      .replace(">beat<", ">&e9;<");
    try {
      const size = formatLabels(readAny("x.eaf", bytes(text)).document).length;
      assert.ok(size < 100_000, String(size));
    } catch (error) {
      assert.ok(error instanceof AppError, String(error));
    }
  });

  it("Praat's long form: quotes, lines, tiers without a text; seams between empty intervals are told", () => {
    const { first, again } = thereAndBack("x.TextGrid", praatLong);
    assert.deepEqual(rows(first.document), [
      ["says-who", 800, 1750, "text", 'she said "no" = 1'],
      ["tones", 1100, undefined, "H*", undefined],
      ["says-who", 2500, 3500, "text", "two\nlines"],
    ]);
    assert.equal(first.document.head.media.durationMs, 3500);
    told(first.lost, /says "who": 1 boundaries/);
    assert.deepEqual(rows(again.document), rows(first.document));
    assert.deepEqual(
      schemeOf(again.document).tiers.map(({ title, id }) => title ?? id),
      ['says "who"', "tones", "nothing"],
    );
  });

  it("marked stretches and texts that say nothing stay, and are told from time that nobody labelled", () => {
    const long = "a text that is longer than the sixty characters of a label, such as those of transcripts";
    const interval = (from: number, to: number, text: string) => `${from} ${to} "${text}" `;
    const grid =
      `"ooTextFile" "TextGrid" 0 5 <exists> 2 ` +
      `"IntervalTier" "said" 0 5 4 ${interval(0, 1, long)}${interval(1, 2, " ")}${interval(2, 4, "")}${interval(4, 5, "text")}` +
      `"IntervalTier" "pauses" 0 5 3 ${interval(0, 1, "p")}${interval(1, 2, " ")}${interval(2, 5, "")}`;
    const { first } = thereAndBack("x.TextGrid", grid);
    const expected = [
      ["said", 0, 1000, "text", long],
      ["pauses", 0, 1000, "p", undefined],
      ["said", 1000, 2000, "(empty)", undefined],
      ["pauses", 1000, 2000, "(empty)", undefined],
      ["said", 4000, 5000, "text", "text"],
    ];
    assert.deepEqual(sorted(rows(first.document)), sorted(expected));
    for (const ending of [".TextGrid", ".eaf", ".csv", ".vtt", ".srt"]) {
      const written = writeAny(`x${ending}`, first, schemeOf(first.document)).text;
      const told = (found: unknown) => JSON.stringify(found);
      assert.deepEqual(
        rows(readAny(`x${ending}`, bytes(written)).document)
          .map(told)
          .sort(),
        expected.map(told).sort(),
        ending,
      );
    }
  });

  it("a code page that no mark names is told, and one that the user names is taken", () => {
    const cue = (text: string) => Buffer.from(`1\n00:00:01,000 --> 00:00:02,000\n${text}\n`, "latin1");
    const german =
      "Die Gr\xfc\xdfe k\xf6nnen sp\xe4ter \xfcber die B\xfcsche h\xe4ngen, w\xe4hrend \xd6fen gl\xfchen";
    const { document, lost } = readAny("x.srt", cue(german));
    assert.equal(document.annotations[0]!.note, german);
    told(lost, /^Read as windows-125/);
    const named = readAny("x.srt", cue("\xe1\xe2\xe3"), "windows-1251");
    assert.equal(named.document.annotations[0]!.label, "\u0431\u0432\u0433");
  });

  it("Praat's short form: comments, fractions, shares, hexadecimal numbers, two tiers of one name", () => {
    const { first, again } = thereAndBack("x.TextGrid", praatShort);
    assert.deepEqual(rows(first.document), [
      ["words-2", 0, 2500, "ø ʃ", undefined],
      ["words", 500, 1000, "hi", undefined],
    ]);
    assert.deepEqual(rows(again.document), rows(first.document));
  });

  it("SubRip: empty lines in a text, places, a number that is the text, no empty line before a cue", () => {
    const { first, again } = thereAndBack("x.srt", subRip);
    assert.deepEqual(rows(first.document), [
      ["subtitles", 1000, 2500, "text", "<i>First</i> line\nwhich goes on after an empty one"],
      ["subtitles", 2500, 3000, "text", "7"],
      ["subtitles", 4000, 5000, "text", "no empty line before"],
    ]);
    told(first.lost, "Places of 1 cues");
    assert.deepEqual(rows(again.document), rows(first.document));
  });

  it("WebVTT: who speaks is a tier, marks and remarks are told", () => {
    const { first, again } = thereAndBack("x.vtt", webVtt);
    assert.deepEqual(rows(first.document), [
      ["esther", 1000, 2000, "Hi & welcome\u00a0all", undefined],
      ["bob", 2000, 3000, "a < b <c>", undefined],
      ["subtitles", 3_600_000, 3_601_500, "nobody", undefined],
    ]);
    told(
      first.lost,
      ...[
        "Places of 1 cues",
        "Names of 1 cues",
        "3 headings, notes",
        "1 texts that belong",
        "2 marks of style",
      ],
    );
    assert.deepEqual(rows(again.document), rows(first.document));
  });

  it("a text that is too long for a note, spaces and a time beyond all numbers are told, not passed over", () => {
    const long = "x".repeat(6000);
    const grid = praatShort.replace('"ø ʃ"', `"${long}"`).replace('"hi"', '" hi "');
    const { document, lost } = readAny("x.TextGrid", bytes(grid));
    told(lost, "more than 5000 characters", "spaces around");
    assert.equal(document.annotations.find(({ label }) => label === "text")!.note!.length, 5000);
    const far = readAny(
      "x.srt",
      bytes(
        `1\n${"9".repeat(400)}:00:00,000 --> 00:00:01,000\nfar\n\n2\n00:00:00,000 --> 00:00:01,000\nnear\n`,
      ),
    );
    assert.equal(far.document.annotations.length, 1);
    told(far.lost, "without a time that can be read");
  });
});
