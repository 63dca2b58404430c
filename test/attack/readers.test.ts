import assert from "node:assert/strict";
import { readHead } from "../../daemon/avatar/readHead.ts";
import { parseCutoffs } from "../../daemon/beq/cutoffs.ts";
import { readResponses } from "../../daemon/beq/readResponses.ts";
import { parseInterview } from "../../daemon/documents/interviewFile.ts";
import { readAny, writeAny } from "../../daemon/labels/convert.ts";
import { explanationAt } from "../../extension/files/hover.ts";
import { findFaults } from "../../extension/files/faults.ts";
import { suggestionsAt } from "../../extension/files/suggestions.ts";
import { assignmentsOfText } from "../../shared/labels/assignmentsFile.ts";
import { checkLabels } from "../../shared/labels/check/checkLabels.ts";
import { parseLabels, salvageLabels } from "../../shared/labels/document.ts";
import { schemeOfText } from "../../shared/labels/findScheme.ts";
import { problemRanges } from "../../shared/labels/places.ts";
import { builtInSchemes } from "../../shared/labels/schemes/builtIn.ts";
import { correctionsSchema } from "../../shared/protocol/corrections.ts";
import { experimentSchema } from "../../shared/protocol/experiment.ts";
import { experimentTableSchema } from "../../shared/protocol/experimentTable.ts";
import { trainingSchema } from "../../shared/protocol/training.ts";
import { readEvents } from "../../shared/study/eventFiles.ts";
import { readPlaces } from "../../shared/study/linkPattern.ts";
import { readRecords } from "../../shared/table/readTable.ts";

const many = 30_000;
const each = (n: number, of: (i: number) => string, between = "\n") =>
  Array.from({ length: n }, (_, i) => of(i)).join(between);
const bytesOf = (text: string) => new TextEncoder().encode(text);

/** What made a reader work for seconds once, whatever it reads. */
const hard: Readonly<Record<string, string>> = {
  "equal keys": "a: 1\n".repeat(many),
  "equal keys in JSON": `{${'"a":1,'.repeat(many)}"a":1}`,
  "very many keys": `{${each(many, (i) => `"k${i}":1`, ",")}}`,
  "80,000 spaces": `a${" ".repeat(80_000)}b,c\n${" ".repeat(80_000)},1\n${" ".repeat(80_000)}x,2\n`,
  "cells of 40,000": `${each(16, () => "x".repeat(40_000), ",")}\n${each(16, () => "y".repeat(40_000), ",")}`,
  "single cells": each(many, String),
  "NUL cells": "\0,".repeat(many),
  "nothing but ends": "\r".repeat(many),
  ...Object.fromEntries(
    [
      "[",
      "]",
      "{",
      ",",
      "?",
      "? ",
      "- ",
      ": ",
      '"',
      '"a',
      "!",
      "*",
      "&a ",
      "#",
      "|",
      "<",
      "<c ",
      "<v a",
      "<v.",
      "&amp;",
    ].map((sign) => [`${sign} again and again`, sign.repeat(10_000)]),
  ),
  "lists in lists": "[".repeat(10_000) + "]".repeat(10_000),
  "objects in objects": '{"a":'.repeat(10_000),
  "maps in maps": each(400, (i) => `${" ".repeat(i)}a:`),
  anchors: each(5000, (i) => `a${i}: &a${i} [*a${i - 1}]`),
};

const rows = (n: number, of: (i: number) => string) =>
  `{"schemaVersion": 1, "media": {"file": "clip.mp4", "durationMs": 50000000}, "annotator": "a01", "scheme": "emotions",\n"annotations": [\n${each(n, of, ",\n")}\n]}`;
const eaf = (body: string) =>
  `<?xml version="1.0"?><ANNOTATION_DOCUMENT AUTHOR="x"><HEADER/>${body}</ANNOTATION_DOCUMENT>`;
const cue = (text: string) => `00:00:01.000 --> 00:00:02.000\n${text}\n`;
const grid = (tiers: number, of: (i: number) => string) =>
  `"ooTextFile" "TextGrid" 0 1 <exists> ${tiers}\n${each(tiers, of)}`;
const beqTable = (answer: string) =>
  `id,${each(16, (i) => `BEQ_${i + 1}`, ",")}\np1,${each(16, () => answer, ",")}`;

/** Reads, and what is read goes back. */
const converted = (name: string) => (text: string) => {
  writeAny("out.eaf", readAny(name, bytesOf(text)), undefined);
};

interface Case {
  readonly read: (text: string) => unknown;
  /** What is hard for this reader alone. */
  readonly own?: Readonly<Record<string, string>>;
}

const readers: Readonly<Record<string, Case>> = {
  "documents of ELAN": {
    read: converted("a.eaf"),
    own: {
      "elements in elements": eaf("<TIER>".repeat(many) + "</TIER>".repeat(many)),
      "very many attributes": eaf(`<TIER ${each(many, (i) => `A${i}="1"`, " ")}/>`),
      "spaces in a tag": eaf(`<TIER${" ".repeat(80_000)}A${" ".repeat(80_000)}="1"/>`),
      "comments without end": eaf("<!-- ".repeat(many)),
      entities: eaf(`<X>${"&lt;&#39;&#".repeat(many)}</X>`),
      "tiers of one name": eaf('<TIER TIER_ID="t" LINGUISTIC_TYPE_REF="x"/>'.repeat(5000)),
      "references from the last to the first": eaf(
        `<TIME_ORDER><TIME_SLOT TIME_SLOT_ID="s0" TIME_VALUE="0"/><TIME_SLOT TIME_SLOT_ID="s1" TIME_VALUE="9"/></TIME_ORDER><TIER TIER_ID="p"><ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a${many}" TIME_SLOT_REF1="s0" TIME_SLOT_REF2="s1"/></ANNOTATION></TIER><TIER TIER_ID="t" PARENT_REF="p">${each(many, (i) => `<ANNOTATION><REF_ANNOTATION ANNOTATION_ID="a${i}" ANNOTATION_REF="a${i + 1}"><ANNOTATION_VALUE>x</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION>`, "")}</TIER>`,
      ),
    },
  },
  "TextGrids of Praat": {
    read: converted("a.TextGrid"),
    own: {
      "tiers of one name": grid(20_000, () => '"IntervalTier" "a" 0 1 0'),
      "a number of tiers that is none": '"ooTextFile" "TextGrid" 0 1 <exists> 1e300',
      "a number without end": `"ooTextFile" "TextGrid" 0x${"1".repeat(many)}`,
    },
  },
  WebVTT: {
    read: (text) => converted("a.vtt")(text.startsWith("WEBVTT") ? text : `WEBVTT\n\n${cue(text)}`),
    own: {
      "tags without end, and spaces in one": `WEBVTT\n\n${cue(`<v${" ".repeat(80_000)}`)}`,
      "a speaker a cue": `WEBVTT\n\n${each(90, (i) => cue(`<v s${i}>x`))}`,
    },
  },
  SubRip: {
    read: converted("a.srt"),
    own: { "a text of very many parts": `1\n${cue("a")}\n${each(many, (i) => `word ${i}\n`)}` },
  },
  "tables of annotations": {
    read: converted("a.csv"),
    own: { "a label a row": `tier,start_ms,end_ms,label\n${each(many, (i) => `t,${i},${i + 1},l${i}`)}` },
  },
  "labels files": {
    read(text) {
      const document = parseLabels(text);
      const scheme = builtInSchemes.emotions;
      const problems = checkLabels(document, { scheme, clips: [], twins: [], schemes: [] });
      const rangeOf = problemRanges(text);
      for (const problem of problems.slice(0, 500)) rangeOf(problem);
    },
    own: {
      "annotations on one another": rows(
        10_000,
        (i) => `{"id": "a${i}", "tier": "emotion", "startMs": 0, "endMs": 400000, "label": "happy"}`,
      ),
      "one id": rows(
        10_000,
        (i) => `{"id": "a", "tier": "t${i}", "startMs": ${i}, "endMs": ${i + 1}, "label": "x${i}"}`,
      ),
      "entries that are none": rows(many, () => '{"id": 1}'),
    },
  },
  "broken labels files": { read: (text) => salvageLabels(text) },
  "coding schemes": {
    read: (text) => schemeOfText(text, "a.scheme.yaml"),
    own: {
      "tiers of one id": `title: x\ntiers:\n${each(1500, () => "  - {id: t, kind: interval, labels: [{id: a}]}")}`,
    },
  },
  assignments: { read: assignmentsOfText },
  "tables of groups, subjects and labels of sets": { read: (text) => readRecords(text, []) },
  "markers and events": {
    read: readEvents,
    own: { "a clip a row": `file,start_s,end_s,name\n${each(many, (i) => `c${i}.mp4,${i},${i + 1},x`)}` },
  },
  "tables of clips": {
    read: readPlaces,
    own: { "a clip a row": `file,participant\n${each(many, (i) => `c${i}.mp4,p`)}` },
  },
  "responses to the questionnaire": {
    read: (text) => readResponses(bytesOf(text)),
    own: {
      "answers of spaces": beqTable(`${" ".repeat(80_000)}3 (x`),
      "answers of digits": beqTable("1".repeat(40_000)),
      "answers of brackets": beqTable("(".repeat(40_000)),
      "very many columns": `id,${each(9000, (i) => `BEQ_${i + 1}`, ",")}\n`,
    },
  },
  interviews: { read: parseInterview },
  "experiments, as an editor reads them": {
    read(text) {
      findFaults(text, experimentSchema);
      explanationAt(text, text.length >> 1, experimentSchema);
      suggestionsAt(text, experimentSchema);
    },
    own: {
      "braces in braces": `runs: [${"{a: b, ".repeat(10_000)}`,
      "spaces in braces": `a: {${" ".repeat(80_000)}x y`,
      "a line of spaces": `${" ".repeat(80_000)}x y`,
    },
  },
  "training files, as an editor reads them": { read: (text) => findFaults(text, trainingSchema) },
  corrections: { read: (text) => correctionsSchema.safeParse(JSON.parse(text)) },
  "tables of experiments": { read: (text) => experimentTableSchema.safeParse(JSON.parse(text)) },
  "cut-offs": { read: parseCutoffs },
  "avatars (glTF, VRM)": { read: (text) => readHead(glb(text), "a") },
};

/** A glTF binary whose description is this text. */
function glb(json: string): Uint8Array {
  const text = bytesOf(json);
  const padded = Math.ceil(text.length / 4) * 4;
  const bytes = new Uint8Array(20 + padded).fill(32);
  const view = new DataView(bytes.buffer);
  const head = [0x46546c67, 2, bytes.length, padded, 0x4e4f534a];
  for (const [i, value] of head.entries()) view.setUint32(4 * i, value, true);
  bytes.set(text, 20);
  return bytes;
}

/** A reader whose time grows with the square of the text would take minutes for some of these; all of them take seconds. */
describe("files that are hard to read", function () {
  this.timeout(300_000);
  for (const [kind, { read, own = {} }] of Object.entries(readers))
    it(`${kind}: each is read, or refused in a sentence, in time that grows with its length`, async () => {
      for (const [name, text] of Object.entries({ ...hard, ...own })) {
        try {
          await read(text);
        } catch (error) {
          // Where a reader is asked by one that says which file it is, it may say so in its own words.
          assert.ok(error instanceof Error, name);
          assert.ok(
            !(error instanceof RangeError || error instanceof TypeError),
            `${name}: ${error.message}`,
          );
          const { length } = error.message;
          assert.ok(length <= 20_000, `${name}: a sentence of ${length} characters`);
        }
      }
    });
});
