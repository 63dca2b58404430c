import { AppError } from "../../../shared/errors.ts";
import type { LabelsDocument } from "../../../shared/labels/document.ts";
import type { Scheme } from "../../../shared/protocol/scheme.ts";
import { leftOut, outTiers, valueOf, type Foreign, type ForeignTier, type Written } from "./foreign.ts";
import { counted } from "../../../shared/text/counted.ts";

const cueTime =
  /^(?:(\d+):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})\s*-->\s*(?:(\d+):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})(.*)$/;
const ours = /^\[([^\]\n]{1,100})\](?: (.*))?$/s;

/**
 * Reads WebVTT or SubRip. Cues that EDIN wrote name their tier in brackets, cues of WebVTT may name who speaks; all others are
 * the texts of one tier.
 *
 * @throws AppError `invalid_labels`
 */
export function readSubtitles(text: string, format: "vtt" | "srt"): Foreign {
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/);
  if (format === "vtt" && !/^WEBVTT([ \t]|$)/.test(lines[0] ?? ""))
    throw new AppError("invalid_labels", "This is no WebVTT: its first line must be WEBVTT.");
  const { cues, lost } = cuesOf(lines, format);
  if (cues.length === 0 && lines.join("").trim() !== "" && format === "srt")
    throw new AppError(
      "invalid_labels",
      "There is no line such as 00:00:01,000 --> 00:00:02,000 in this file.",
    );
  const named = cues.length > 0 && cues.every((cue) => ours.test(cue.text));
  const tiers = new Map<string, ForeignTier["annotations"][number][]>();
  let marks = 0;
  for (const cue of cues) {
    const [, tier, said = ""] = (named ? ours.exec(cue.text) : null) ?? [undefined, undefined, cue.text];
    const spoken = format === "vtt" ? plainText(said) : { text: said, speaker: undefined, marks: 0 };
    marks += spoken.marks;
    const name = (tier === undefined ? spoken.speaker : plainText(tier).text) ?? "subtitles";
    const own = tiers.get(name) ?? [];
    tiers.set(name, own);
    own.push({ startMs: cue.startMs, endMs: cue.endMs, value: spoken.text });
  }
  return {
    tiers: [...tiers].map(([name, annotations]) => ({ name, kind: "interval", annotations })),
    lost: [
      ...lost,
      ...(marks > 0 ? [`${marks} marks of style, language or time inside cues are not kept.`] : []),
    ],
  };
}

interface Cue {
  readonly startMs: number;
  readonly endMs: number;
  readonly text: string;
}

function cuesOf(lines: readonly string[], format: "vtt" | "srt"): { cues: Cue[]; lost: string[] } {
  const cues: (Omit<Cue, "text"> & { readonly body: string[] })[] = [];
  const found = { settings: 0, names: 0, blocks: 0, strays: 0 };
  const timeAt = (i: number) => cueTime.exec(lines[i]?.trim() ?? "");
  const isBlank = (i: number) => (lines[i] ?? "").trim() === "";
  let i = 0;
  const skipBlock = () => {
    while (i < lines.length && !isBlank(i) && timeAt(i) === null) i++;
  };
  if (format === "vtt") {
    i = 1;
    skipBlock();
    if (i > 1 || lines[0]!.trim() !== "WEBVTT") found.blocks++;
  }
  while (i < lines.length) {
    const line = lines[i]!.trim();
    const match = timeAt(i);
    if (match !== null) {
      const [, h1, m1, s1, f1, h2, m2, s2, f2, rest] = match;
      if ((rest ?? "").trim() !== "") found.settings++;
      const body: string[] = [];
      for (i++; i < lines.length && !isBlank(i) && timeAt(i) === null; i++) body.push(lines[i]!);
      // The number of the next cue, where no empty line stands before it.
      if (timeAt(i) !== null && /^\d+$/.test(body.at(-1)?.trim() ?? "")) body.pop();
      cues.push({ startMs: ms(h1, m1, s1, f1), endMs: ms(h2, m2, s2, f2), body });
    } else if (line === "" || (/^\d+$/.test(line) && timeAt(i + 1) !== null)) i++;
    else if (format === "srt") {
      // An empty line inside of a text.
      const last = cues.at(-1);
      if (last === undefined) found.strays++;
      else last.body.push(lines[i]!.trimEnd());
      i++;
    } else if (timeAt(i + 1) !== null) {
      found.names++;
      i++;
    } else {
      if (/^(STYLE|REGION|NOTE)([ \t]|$)/.test(line)) found.blocks++;
      else found.strays++;
      skipBlock();
    }
  }
  const told = [
    [found.settings, "Places of %n cues on the picture are not kept."],
    [found.names, "Names of %n cues are not kept."],
    [found.blocks, "%n headings, notes, styles or regions are not kept."],
    [found.strays, "%n texts that belong to no cue are not kept."],
  ] as const;
  return {
    cues: cues.map(({ body, ...times }) => ({ ...times, text: body.join("\n").trimEnd() })),
    lost: told.flatMap(([n, words]) => (n > 0 ? [words.replace("%n", String(n))] : [])),
  };
}

function ms(hours: string | undefined, minutes = "0", seconds = "0", fraction = "0"): number {
  return (
    3_600_000 * Number(hours ?? 0) +
    60_000 * Number(minutes) +
    1000 * Number(seconds) +
    Number(fraction.padEnd(3, "0"))
  );
}

// An end is looked for up to the next beginning: in time that grows with the text.
const tags = /<\/?(?:c|i|b|u|v|ruby|rt|lang)(?:[.\s][^<>]*)?>|<[\d:.]+>/g;
const voiceTags = /<v(?:\.[^\s<>]*)?[ \t]([^<>]+)>/g;
const characters: Readonly<Record<string, string>> = {
  ...{ amp: "&", lt: "<", gt: ">", nbsp: "\u00a0", lrm: "\u200e", rlm: "\u200f" },
};

/** A text of WebVTT without its tags. Where one person says all of it, who that is. */
function plainText(text: string): { text: string; speaker: string | undefined; marks: number } {
  const voices = [...text.matchAll(voiceTags)];
  const speaker = voices.length === 1 && voices[0]!.index === 0 ? voices[0]![1]!.trim() : undefined;
  const opened = [...text.matchAll(tags)].filter(([tag]) => !tag.startsWith("</")).length;
  return {
    text: text
      .replace(tags, "")
      .replace(/[ \t\n]+$/, "")
      .replace(/&(amp|lt|gt|nbsp|lrm|rlm);/g, (_, name: string) => characters[name]!),
    speaker: speaker === "" ? undefined : speaker,
    marks: opened - (speaker === undefined ? 0 : 1),
  };
}

/** Each annotation a cue, with its tier in brackets. A moment lasts a millisecond. */
export function writeSubtitles(
  document: LabelsDocument,
  scheme: Scheme | undefined,
  format: "vtt" | "srt",
): Written {
  const point = format === "vtt" ? "." : ",";
  const time = (at: number): string => {
    const whole = Math.max(0, Math.round(at));
    const pad = (value: number, digits = 2) => String(value).padStart(digits, "0");
    return `${pad(Math.floor(whole / 3_600_000))}:${pad(Math.floor(whole / 60_000) % 60)}:${pad(Math.floor(whole / 1000) % 60)}${point}${pad(whole % 1000, 3)}`;
  };
  const escaped = (text: string) =>
    format === "srt" ? text : text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  // An empty line would end the cue.
  const oneBlock = (text: string) => text.replace(/\n\s*\n/g, "\n");
  const cues = outTiers(document, scheme)
    .flatMap(({ name, annotations }) => annotations.map((annotation) => ({ name, annotation })))
    .sort((a, b) => a.annotation.startMs - b.annotation.startMs)
    .map(({ name, annotation }, i) => {
      const { startMs, endMs = startMs + 1 } = annotation;
      const body = `[${escaped(name.replaceAll("]", ")"))}] ${escaped(oneBlock(valueOf(annotation)))}`;
      return `${format === "srt" ? `${i + 1}\n` : ""}${time(startMs)} --> ${time(endMs)}\n${body}\n`;
    });
  const points = document.annotations.filter(({ endMs }) => endMs === undefined).length;
  return {
    text: `${format === "vtt" ? "WEBVTT\n\n" : ""}${cues.join("\n")}`,
    lost: [
      ...leftOut(document, []),
      ...(points > 0 ? [`that moments have no length (${counted(points, "moment")} of 1 ms)`] : []),
    ],
  };
}
