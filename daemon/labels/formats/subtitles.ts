import { AppError } from "../../../shared/errors.ts";
import type { LabelsDocument } from "../../../shared/labels/document.ts";
import type { Scheme } from "../../../shared/protocol/scheme.ts";
import { leftOut, outTiers, valueOf, type Foreign, type ForeignTier, type Written } from "./foreign.ts";

const cueTime =
  /^(?:(\d+):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})\s*-->\s*(?:(\d+):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})(.*)$/;
const ours = /^\[([^\]\n]{1,80})\] (.*)$/s;

/**
 * Reads WebVTT or SubRip. Cues that EDIN wrote name their tier in brackets; other cues are the texts of one tier.
 *
 * @throws AppError `invalid_labels`
 */
export function readSubtitles(text: string, format: "vtt" | "srt"): Foreign {
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/);
  if (format === "vtt" && !/^WEBVTT([ \t]|$)/.test(lines[0] ?? ""))
    throw new AppError("invalid_labels", "This is no WebVTT: its first line must be WEBVTT.");
  const cues: { startMs: number; endMs: number; text: string }[] = [];
  let settings = 0;
  let names = 0;
  for (let i = 0; i < lines.length; i++) {
    const match = cueTime.exec(lines[i]!.trim());
    if (match === null) continue;
    const [, h1, m1, s1, f1, h2, m2, s2, f2, rest] = match;
    if ((rest ?? "").trim() !== "") settings++;
    const name = lines[i - 1]?.trim() ?? "";
    if (format === "vtt" && i > 1 && name !== "" && !/^\d+$/.test(name)) names++;
    const body: string[] = [];
    for (i++; i < lines.length && lines[i]!.trim() !== "" && !cueTime.test(lines[i]!.trim()); i++)
      body.push(lines[i]!);
    if (i < lines.length && cueTime.test(lines[i]!.trim())) i--;
    cues.push({ startMs: ms(h1, m1, s1, f1), endMs: ms(h2, m2, s2, f2), text: body.join("\n").trimEnd() });
  }
  if (cues.length === 0 && lines.join("").trim() !== "" && format === "srt")
    throw new AppError(
      "invalid_labels",
      "There is no line such as 00:00:01,000 --> 00:00:02,000 in this file.",
    );
  const named = cues.length > 0 && cues.every((cue) => ours.test(cue.text));
  const tiers = new Map<string, ForeignTier["annotations"][number][]>();
  for (const { startMs, endMs, text: said } of cues) {
    const [, tier = "subtitles", value = said] = (named ? ours.exec(said) : null) ?? [];
    tiers.set(tier, [...(tiers.get(tier) ?? []), { startMs, endMs, value: unescaped(value, format) }]);
  }
  const styled = lines.filter((line) => /^(STYLE|REGION)\s*$/.test(line)).length;
  return {
    tiers: [...tiers].map(([name, annotations]) => ({ name, kind: "interval", annotations })),
    lost: [
      ...(settings > 0 ? [`Places of ${settings} cues on the picture are not kept.`] : []),
      ...(names > 0 ? [`Names of ${names} cues are not kept.`] : []),
      ...(styled > 0 ? [`${styled} blocks of styles or regions are not kept.`] : []),
    ],
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

function unescaped(text: string, format: "vtt" | "srt"): string {
  if (format === "srt") return text;
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
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
      ...(points > 0 ? [`that ${points} moments have no length: they last 1 ms`] : []),
    ],
  };
}
