import { AppError } from "../../../shared/errors.ts";
import type { LabelsDocument } from "../../../shared/labels/document.ts";
import type { Scheme } from "../../../shared/protocol/scheme.ts";
import { leftOut, outTiers, valueOf, type Foreign, type ForeignTier, type Written } from "./foreign.ts";

/**
 * Reads a Praat TextGrid, long or short: as Praat does, only free-standing numbers and quoted texts count, whatever stands
 * around them. Intervals without a text are time that nobody labelled.
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
  number("the start");
  const endS = number("the end");
  if (tokens[at] === "<exists>") at++;
  const count = number("the number of tiers");
  const tiers: ForeignTier[] = [];
  for (let t = 0; t < count; t++) {
    const kind = string("the class of a tier");
    const name = string("the name of a tier");
    number("the start of a tier");
    number("the end of a tier");
    const size = number("the size of a tier");
    const annotations = [];
    for (let i = 0; i < size; i++) {
      const startMs = 1000 * number("a time");
      if (kind === "IntervalTier") {
        const endMs = 1000 * number("an end");
        const value = string("a text");
        if (value !== "") annotations.push({ startMs, endMs, value });
      } else annotations.push({ startMs, value: string("a mark") });
    }
    // Praat allows two tiers of one name.
    const same = tiers.filter((tier) => tier.name === name || tier.name.startsWith(`${name} (`)).length;
    tiers.push({
      name: same === 0 ? name : `${name} (${same + 1})`,
      kind: kind === "IntervalTier" ? "interval" : "point",
      annotations,
    });
  }
  return { tiers, durationMs: 1000 * endS, lost: [] };
}

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
      if (/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(word)) tokens.push(Number(word));
      else if (/^<\w+>$/.test(word)) tokens.push(word);
    }
  }
  return tokens;
}

/** A TextGrid in Praat's long text form. An interval tier covers the whole clip; what nobody labelled is empty. */
export function writeTextGrid(document: LabelsDocument, scheme: Scheme | undefined): Written {
  const last = Math.max(0, ...document.annotations.map(({ startMs, endMs = startMs }) => endMs));
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
        interval(one.startMs, one.endMs ?? one.startMs, valueOf(one));
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
