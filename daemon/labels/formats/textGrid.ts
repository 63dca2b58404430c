import { AppError } from "../../../shared/errors.ts";
import type { LabelsDocument } from "../../../shared/labels/document.ts";
import type { Scheme } from "../../../shared/protocol/scheme.ts";
import {
  leftOut,
  outTiers,
  uniqueNames,
  valueOf,
  type Foreign,
  type ForeignTier,
  type Written,
} from "./foreign.ts";

/**
 * Reads a Praat TextGrid, long or short: as Praat does, only free-standing numbers and quoted texts count, whatever stands
 * around them. Intervals without a text are time that nobody labelled; one space is a label that says nothing.
 *
 * @throws AppError `invalid_labels`
 */
export function readTextGrid(text: string): Foreign {
  const tokens = tokensOf(text.replace(/^\uFEFF/, ""));
  let at = 0;
  const broken = (what: string) =>
    new AppError(
      "invalid_labels",
      `This is no TextGrid: ${what} is missing. Save it again in Praat as a text file.`,
    );
  const string = (what: string): string => {
    const token = tokens[at++];
    if (typeof token !== "object") throw broken(what);
    return token.text;
  };
  const number = (what: string): number => {
    const token = tokens[at++];
    if (typeof token !== "number") throw broken(what);
    return token;
  };
  if (!/ooTextFile/.test(string("the heading")) || !/^TextGrid/.test(string("the class")))
    throw broken("the heading");
  const startS = number("the start");
  const endS = number("the end");
  if (tokens[at] === "<exists>") at++;
  const count = number("the number of tiers");
  const tiers: ForeignTier[] = [];
  // Praat allows two tiers of one name.
  const once = uniqueNames((name, n) => `${name} (${n})`);
  const lost = startS === 0 ? [] : [`That the TextGrid begins at ${startS} s; times are taken as they are.`];
  for (let t = 0; t < count; t++) {
    const kind = string("the class of a tier");
    if (kind !== "IntervalTier" && kind !== "TextTier") throw broken("the class of a tier");
    const name = string("the name of a tier");
    number("the start of a tier");
    number("the end of a tier");
    const size = number("the size of a tier");
    const annotations = [];
    let emptyBefore = false;
    let seams = 0;
    for (let i = 0; i < size; i++) {
      const startMs = 1000 * number("a time");
      if (kind === "IntervalTier") {
        const endMs = 1000 * number("an end");
        const value = string("a text");
        if (value !== "") annotations.push({ startMs, endMs, value: value === emptyInterval ? "" : value });
        else if (emptyBefore) seams++;
        emptyBefore = value === "";
      } else annotations.push({ startMs, value: string("a mark") });
    }
    if (seams > 0) lost.push(`${name}: ${seams} boundaries between intervals without a text.`);
    tiers.push({
      name: once(name),
      kind: kind === "IntervalTier" ? "interval" : "point",
      annotations,
    });
  }
  return { tiers, durationMs: Math.max(0, 1000 * endS), lost };
}

/** What tells an interval that somebody marked and said nothing of from time that nobody labelled. */
const emptyInterval = " ";

type Token = number | string | { readonly text: string };

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const c = text[at]!;
    if (c === '"') {
      let value = "";
      for (at++; at < text.length; at++) {
        if (text[at] !== '"') value += text[at]!;
        else if (text[at + 1] === '"') value += text[at++]!;
        else break;
      }
      at++;
      tokens.push({ text: value });
    } else if (c === "!") {
      while (at < text.length && text[at] !== "\n") at++;
    } else if (c <= " ") at++;
    else {
      let word = "";
      while (at < text.length && text[at]! > " " && text[at] !== '"') word += text[at++]!;
      // `[1]:` and `xmin` are for the reader's eyes.
      const number = numberOf(word);
      if (number !== undefined) tokens.push(number);
      else if (/^<\w+>$/.test(word)) tokens.push(word);
    }
  }
  return tokens;
}

const figure = String.raw`[-+]?(?:0x[\da-f]+\.?[\da-f]*(?:p[-+]?\d+)?|(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)%?`;
const praatNumber = new RegExp(`^(${figure})(?:/(${figure}))?`, "i");

/** A number as Praat takes it: also 50%, 1/2 and 0x1.8p1, and whatever stands behind it in the same word. */
function numberOf(word: string): number | undefined {
  const [, above, below] = praatNumber.exec(word) ?? [];
  if (above === undefined) return undefined;
  const value = below === undefined ? valueOfFigure(above) : valueOfFigure(above) / valueOfFigure(below);
  return Number.isFinite(value) ? value : undefined;
}

function valueOfFigure(text: string): number {
  const plain = text.replace("%", "");
  const share = plain === text ? 1 : 0.01;
  const hex = /^([-+]?)0x([\da-f]+)\.?([\da-f]*)(?:p([-+]?\d+))?$/i.exec(plain);
  if (hex === null) return share * Number(plain);
  const [, sign, whole = "0", fraction = "", exponent = "0"] = hex;
  const value = Number.parseInt(whole + fraction, 16) * 2 ** (Number(exponent) - 4 * fraction.length);
  return (sign === "-" ? -share : share) * value;
}

/** A TextGrid in Praat's long text form. An interval tier covers the whole clip; what nobody labelled is empty. */
export function writeTextGrid(document: LabelsDocument, scheme: Scheme | undefined): Written {
  const last = document.annotations.reduce((max, { startMs, endMs = startMs }) => Math.max(max, endMs), 0);
  const durationMs = Math.max(document.head.media.durationMs, last, 1);
  const lost = leftOut(document, []);
  const second = (ms: number) => String(Math.round(ms * 1000) / 1e6);
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const tiers = outTiers(document, scheme).flatMap(({ name, tier, annotations }) => {
    if (tier.kind === "point")
      return [
        {
          kind: "TextTier",
          name,
          rows: annotations.map((one) => [
            `number = ${second(one.startMs)}`,
            `mark = ${quoted(valueOf(one))}`,
          ]),
        },
      ];
    // Praat's intervals never overlap: those that do go to tiers of their own.
    const layers: (typeof annotations)[number][][] = [];
    for (const one of annotations) {
      const layer = layers.find((many) => (many.at(-1)?.endMs ?? 0) <= one.startMs);
      if (layer === undefined) layers.push([one]);
      else layer.push(one);
    }
    if (layers.length > 1)
      lost.push(`that ${name} is one tier: its annotations overlap, and lie on ${layers.length} tiers`);
    return (layers.length === 0 ? [[]] : layers).map((layer, i) => {
      const rows: string[][] = [];
      let untilMs = 0;
      const interval = (fromMs: number, toMs: number, value: string) =>
        rows.push([`xmin = ${second(fromMs)}`, `xmax = ${second(toMs)}`, `text = ${quoted(value)}`]);
      for (const one of layer) {
        if (one.startMs > untilMs) interval(untilMs, one.startMs, "");
        interval(one.startMs, one.endMs ?? one.startMs, valueOf(one) || emptyInterval);
        untilMs = one.endMs ?? one.startMs;
      }
      if (untilMs < durationMs) interval(untilMs, durationMs, "");
      return { kind: "IntervalTier", name: i === 0 ? name : `${name} (${i + 1})`, rows };
    });
  });
  const lines = [
    `File type = "ooTextFile"`,
    `Object class = "TextGrid"`,
    ``,
    `xmin = 0`,
    `xmax = ${second(durationMs)}`,
    `tiers? <exists>`,
    `size = ${tiers.length}`,
    `item []:`,
    ...tiers.flatMap(({ kind, name, rows }, t) => [
      `    item [${t + 1}]:`,
      `        class = "${kind}"`,
      `        name = ${quoted(name)}`,
      `        xmin = 0`,
      `        xmax = ${second(durationMs)}`,
      `        ${kind === "TextTier" ? "points" : "intervals"}: size = ${rows.length}`,
      ...rows.flatMap((row, i) => [
        `        ${kind === "TextTier" ? "points" : "intervals"} [${i + 1}]:`,
        ...row.map((line) => `            ${line}`),
      ]),
    ]),
  ];
  return { text: `${lines.join("\n")}\n`, lost };
}
