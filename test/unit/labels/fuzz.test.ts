import assert from "node:assert/strict";
import { endings, readAny, writeAny } from "../../../daemon/labels/convert.ts";
import { AppError } from "../../../shared/errors.ts";
import {
  formatLabels,
  parseLabels,
  salvageLabels,
  type LabelsDocument,
} from "../../../shared/labels/document.ts";
import { assignmentsOfText } from "../../../shared/labels/assignmentsFile.ts";
import { schemeOfText } from "../../../shared/labels/findScheme.ts";
import { readScheme } from "../../../shared/labels/scheme.ts";
import { builtInSchemes } from "../../../shared/labels/schemes/builtIn.ts";
import { stringify } from "yaml";
import { seededRandom } from "../../../shared/stats/random.ts";
import { elanProject, praatLong, praatShort, subRip, webVtt } from "./foreignFiles.ts";
import { labelsText, sampleScheme } from "./sampleLabels.ts";

/** Mutated inputs for each file below; EDIN_FUZZ_ROUNDS asks for more. */
const rounds = Number(process.env["EDIN_FUZZ_ROUNDS"] ?? 400);

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

function utf16(text: string, bigEndian: boolean): Uint8Array {
  const bytes = new Uint8Array(2 + 2 * text.length);
  const view = new DataView(bytes.buffer);
  [...`\uFEFF${text}`.split("")].forEach((c, i) => view.setUint16(2 * i, c.charCodeAt(0), !bigEndian));
  return bytes;
}

const labels = labelsText(
  [
    { id: "a", tier: "face", startMs: 0, endMs: 1200, label: "happy", intensity: "C", note: 'ä "x"' },
    {
      id: "b",
      tier: "face",
      startMs: 1200,
      endMs: 2520,
      label: "sad",
      from: { analysis: "x", confidence: 0.5 },
    },
    { id: "c", tier: "blink", startMs: 640, label: "blink", comments: [{ by: "x", at: "", text: "?" }] },
  ],
  { scheme: sampleScheme, traces: [{ tier: "valence", startMs: 0, rateHz: 25, values: [0, null, 0.5] }] },
);
const written = (ending: string): Uint8Array =>
  utf8(writeAny(`x${ending}`, { document: parseLabels(labels) }, sampleScheme).text);

/** Each reader with files of its kind, of EDIN and of others. */
const files: readonly (readonly [name: string, what: string, bytes: Uint8Array])[] = [
  ["x.eaf", "a project of ELAN", utf8(elanProject)],
  ["x.TextGrid", "Praat's long form", utf8(praatLong)],
  ["x.TextGrid", "Praat's short form", utf8(praatShort)],
  ["x.TextGrid", "UTF-16, little end first", utf16(praatLong, false)],
  ["x.TextGrid", "UTF-16, big end first", utf16(praatShort, true)],
  ["x.srt", "SubRip", utf8(subRip)],
  ["x.vtt", "WebVTT", utf8(webVtt)],
  ...endings.map((ending) => [`x${ending}`, "by EDIN", written(ending)] as const),
];

/** Numbers and marks that readers trip over. */
const nasty = [
  ...[
    "1e999",
    "-1",
    "NaN",
    "-0",
    "99999999999999999999",
    "0x",
    "1/0",
    "%",
    "\0",
    "\uFEFF",
    "\uD800",
    "\r",
    "\n\n",
  ],
  ...[
    '"',
    "'",
    "<",
    ">",
    "</",
    "]]>",
    "<!--",
    "&",
    "&#0;",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "- ",
    "*a",
    "&a ",
    "!!",
    "__proto__",
  ],
];

type Random = (below: number) => number;

function mutated(bytes: Uint8Array, pick: Random): Uint8Array {
  let now = Buffer.from(bytes);
  for (let k = pick(4); k >= 0; k--) {
    const at = pick(now.length + 1);
    const to = Math.min(now.length, at + pick(80));
    const before = now.subarray(0, at);
    const some = now.subarray(at, to);
    const choices = [
      () => [before, now.subarray(to)],
      () => [before, some, some, now.subarray(to)],
      () => [before],
      () => [before, Buffer.from([pick(256)]), now.subarray(at)],
      () => [before, Buffer.from(nasty[pick(nasty.length)]!), now.subarray(pick(2) === 0 ? at : to)],
      // Words and lines at another place.
      () => [now.subarray(to), some, before],
      () => linesSwapped(now, pick),
      () => numberReplaced(now, pick),
    ];
    now = Buffer.concat(choices[pick(choices.length)]!());
  }
  return now;
}

function linesSwapped(bytes: Buffer, pick: Random): Buffer[] {
  const lines = bytes.toString("latin1").split("\n");
  const [a, b] = [pick(lines.length), pick(lines.length)];
  [lines[a], lines[b]] = [lines[b]!, lines[a]!];
  return [Buffer.from(lines.join("\n"), "latin1")];
}

function numberReplaced(bytes: Buffer, pick: Random): Buffer[] {
  const text = bytes.toString("latin1");
  const all = [...text.matchAll(/\d+(\.\d+)?/g)];
  const one = all[pick(Math.max(1, all.length))];
  if (one === undefined) return [bytes];
  const value = [nasty[pick(6)]!, String(pick(100_000)), String(-pick(1000)), "0"][pick(4)]!;
  return [Buffer.from(text.slice(0, one.index) + value + text.slice(one.index + one[0].length), "latin1")];
}

/** What was read can be saved, opened again the same, and written in every format. */
function holds(document: LabelsDocument, everywhere: boolean): void {
  for (const { startMs, endMs = 0 } of document.annotations)
    assert.ok(Number.isFinite(startMs) && Number.isFinite(endMs));
  const again = parseLabels(formatLabels(document));
  // As JSON has it: without -0 and the like.
  const values = ({ annotations, unreadable }: LabelsDocument): unknown =>
    JSON.parse(JSON.stringify([annotations, unreadable.map(({ value }) => value)]));
  assert.deepEqual(values(again), values(document));
  if (!everywhere) return;
  const read = readScheme(document.head.scheme);
  for (const ending of endings)
    writeAny(`y${ending}`, { document }, "scheme" in read ? read.scheme : undefined);
}

describe("readers of labels, given what is not right", function () {
  this.timeout(60_000);

  for (const [name, what, bytes] of files)
    it(`${name} (${what}): ends in labels that can be saved, or in a typed error`, () => {
      const random = seededRandom(14);
      const pick: Random = (below) => Math.floor(random() * below);
      let read = 0;
      for (let round = 0; round < rounds; round++) {
        const input = round === 0 ? bytes : mutated(bytes, pick);
        try {
          const { document, lost } = readAny(name, input);
          read++;
          for (const one of lost) assert.ok(one.length > 0 && one.length < 20_000);
          holds(document, round % 10 === 0);
        } catch (error) {
          if (!(error instanceof AppError))
            throw new Error(`round ${round}: ${JSON.stringify(Buffer.from(input).toString("latin1"))}`, {
              cause: error,
            });
        }
      }
      // Else what is tested is the refusal alone.
      assert.ok(read > 0);
    });

  it("a labels file that is broken gives back every line that is whole", () => {
    const random = seededRandom(15);
    const pick: Random = (below) => Math.floor(random() * below);
    const lines = labels.split("\n").filter((line) => line.startsWith('{"id"'));
    for (let round = 0; round < rounds; round++) {
      const text = Buffer.from(mutated(utf8(labels), pick)).toString("utf8");
      try {
        const { document } = salvageLabels(text);
        const kept = formatLabels(document);
        const at = text.indexOf('"annotations": [\n');
        for (const line of at < 0 ? [] : lines.map((one) => one.replace(/,$/, "")))
          if (
            text
              .slice(at)
              .split("\n")
              .some((one) => one.replace(/,$/, "") === line)
          )
            // Another line may have taken its id.
            assert.ok(
              kept.includes(line.replace(/^\{"id":"\w"/, "")),
              `round ${round}: ${line} is lost of\n${text}`,
            );
      } catch (error) {
        assert.ok(error instanceof AppError, `round ${round}: ${String(error)}\n${text}`);
      }
    }
  });

  for (const [what, text] of [
    ["YAML", stringify(builtInSchemes.blinks)],
    ["JSON", JSON.stringify(sampleScheme)],
  ] as const)
    it(`a scheme in ${what} ends in a scheme or in what is wrong with it`, () => {
      const random = seededRandom(16);
      const pick: Random = (below) => Math.floor(random() * below);
      for (let round = 0; round < rounds; round++) {
        const input = Buffer.from(mutated(utf8(text), pick)).toString("utf8");
        const found = schemeOfText(input, "x.scheme.yaml");
        if ("scheme" in found) assert.ok("scheme" in readScheme(found.scheme));
        else assert.ok(found.schemeProblem.length > 10, `round ${round}: ${found.schemeProblem}`);
      }
    });

  it("assignments end in assignments or in what is wrong with them", () => {
    const random = seededRandom(17);
    const pick: Random = (below) => Math.floor(random() * below);
    const right = stringify({
      ...{ scheme: "emotions", seed: 1, twice: 0.2, annotators: ["a01", "a02"] },
      clips: { "a/one.mp4": ["a01"], "two.mp4": ["a01", "a02"] },
    });
    assert.ok("assignments" in assignmentsOfText(right));
    for (let round = 0; round < rounds; round++) {
      const found = assignmentsOfText(Buffer.from(mutated(utf8(right), pick)).toString("utf8"));
      if ("problem" in found) assert.ok(found.problem.length > 5, `round ${round}: ${found.problem}`);
    }
  });

  it("long files are read in time that grows with their length", () => {
    const many = 20_000;
    const cues = Array.from(
      { length: many },
      (_, i) => `${i}\n00:00:00,000 --> 00:00:01,000\ncue ${i % 50}\n`,
    );
    assert.equal(readAny("x.srt", utf8(cues.join("\n"))).document.annotations.length, many);
    const chain = Array.from(
      { length: many },
      (_, i) =>
        `<ANNOTATION><REF_ANNOTATION ANNOTATION_ID="r${i}" ANNOTATION_REF="a1"${i > 0 ? ` PREVIOUS_ANNOTATION="r${i - 1}"` : ""}><ANNOTATION_VALUE>x</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION>`,
    );
    const eaf = elanProject.replace('TIER_ID="pos">', `TIER_ID="pos">${chain.join("")}`);
    const { document } = readAny("x.eaf", utf8(eaf));
    assert.ok(document.annotations.length > many);
    for (const ending of endings) writeAny(`x${ending}`, { document }, undefined);
  });
});
