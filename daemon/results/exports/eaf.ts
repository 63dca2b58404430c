import { escapeXml } from "../../../shared/text/escapeXml.ts";
import type { Analysis, AnalysisEvent, SpeechLine } from "../../../shared/protocol/results.ts";
import { eventSegment, modelSegment, type Stretch } from "../../../shared/segments/segment.ts";
import { dominant } from "../tracks.ts";

/** What the result files hold, as stretches of time. */
export interface EafLines {
  readonly emotions: ReadonlyMap<number, readonly Stretch[]>;
  /** Of each track; undefined is the voice alone. */
  readonly fused: ReadonlyMap<number | undefined, readonly Stretch[]>;
  /** In order. */
  readonly speech: readonly SpeechLine[];
}

interface Tier {
  readonly name: string;
  readonly participant: string;
  readonly segments: readonly Stretch[];
}

/** MIME types that ELAN knows, by the container's name as ffprobe gives it. */
const mimeTypes: readonly (readonly [RegExp, string])[] = [
  [/mp4|mov/, "video/mp4"],
  [/matroska|webm/, "video/x-matroska"],
  [/avi/, "video/x-msvideo"],
  [/mpeg/, "video/mpeg"],
  [/wav/, "audio/x-wav"],
];

/**
 * The analysis as an ELAN document (EAF 3.0, Max Planck Institute for Psycholinguistics): for each face tiers of
 * emotion and fused segments, blinks and gaze away from the camera, then speech and scene cuts. The media is expected beside the
 * document.
 */
export function toEaf(analysis: Analysis, lines: EafLines): string {
  const all = tiers(analysis, lines);
  const slots = timeSlots(all.flatMap(({ segments }) => segments));
  let annotations = 0;
  const annotation = (segment: Stretch): string => {
    const { from, to } = slots.ids.get(segment)!;
    return (
      `    <ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a${++annotations}" TIME_SLOT_REF1="${from}" ` +
      `TIME_SLOT_REF2="${to}"><ANNOTATION_VALUE>${escapeXml(segment.label)}</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>\n`
    );
  };
  const annotator = escapeXml(`EDIN ${analysis.versions["edin"] ?? ""}`.trim());
  const tierXml = all.map(
    ({ name, participant, segments }) =>
      `  <TIER TIER_ID="${escapeXml(name)}" PARTICIPANT="${escapeXml(participant)}" ANNOTATOR="${annotator}" LINGUISTIC_TYPE_REF="segment">\n` +
      segments.map(annotation).join("") +
      `  </TIER>\n`,
  );
  const { name, container } = analysis.media;
  const mime = mimeTypes.find(([pattern]) => pattern.test(container))?.[1] ?? "unknown";
  const url = escapeXml(`./${encodeURIComponent(name)}`);
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\n` +
    `<ANNOTATION_DOCUMENT AUTHOR="EDIN" DATE="${analysis.run.finishedAt}" FORMAT="3.0" VERSION="3.0" ` +
    `xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="http://www.mpi.nl/tools/elan/EAFv3.0.xsd">\n` +
    `  <HEADER MEDIA_FILE="" TIME_UNITS="milliseconds">\n` +
    `    <MEDIA_DESCRIPTOR MEDIA_URL="${url}" MIME_TYPE="${mime}" RELATIVE_MEDIA_URL="${url}"/>\n` +
    `    <PROPERTY NAME="analysis">${escapeXml(analysis.id)}</PROPERTY>\n` +
    `    <PROPERTY NAME="mediaSha256">${analysis.media.sha256}</PROPERTY>\n` +
    `  </HEADER>\n  <TIME_ORDER>\n` +
    slots.ms.map((ms, i) => `    <TIME_SLOT TIME_SLOT_ID="ts${i + 1}" TIME_VALUE="${ms}"/>\n`).join("") +
    `  </TIME_ORDER>\n${tierXml.join("")}` +
    `  <LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="segment" TIME_ALIGNABLE="true" GRAPHIC_REFERENCES="false"/>\n` +
    `</ANNOTATION_DOCUMENT>\n`
  );
}

function tiers({ tracks, events }: Analysis, { emotions, fused, speech }: EafLines): Tier[] {
  const ofKind = (kind: AnalysisEvent["kind"], id?: number): Stretch[] =>
    events.filter((event) => event.kind === kind && event.track === id).map(eventSegment);
  return [
    ...tracks.flatMap(({ id, name, participant }) =>
      [
        { name: `face ${id}: emotion`, segments: emotions.get(id) ?? [] },
        { name: `face ${id}: fused`, segments: fused.get(id) ?? [] },
        { name: `face ${id}: blinks`, segments: ofKind("blink", id) },
        { name: `face ${id}: gaze`, segments: ofKind("gaze_away", id) },
      ].map((tier) => ({ ...tier, participant: name ?? participant ?? `face ${id}` })),
    ),
    { name: "speech: emotion", participant: "speech", segments: spokenSegments(speech) },
    { name: "speech: fused", participant: "speech", segments: fused.get(undefined) ?? [] },
    { name: "scene cuts", participant: "", segments: ofKind("scene_cut") },
  ];
}

/**
 * Segments of speech overlap, annotations of one tier must not: each stands for the time around its middle, halfway to the
 * ones before and after, and those of one emotion that follow one another are one annotation.
 */
function spokenSegments(speech: readonly SpeechLine[]): Stretch[] {
  const spoken: Stretch[] = [];
  const middle = (line: SpeechLine): number => (line.startMs + line.endMs) / 2;
  for (const [i, line] of speech.entries()) {
    const [before, after] = [speech[i - 1], speech[i + 1]];
    const startMs = before ? (middle(before) + middle(line)) / 2 : line.startMs;
    const untilMs = after ? (middle(line) + middle(after)) / 2 : line.endMs;
    const { probabilities } = line;
    if (probabilities === undefined || untilMs <= startMs) continue;
    const label = dominant(probabilities);
    const last = spoken.at(-1);
    const goesOn = last?.label === label && last.endMs === startMs;
    if (goesOn) spoken.pop();
    const stretch = { label, startMs: goesOn ? last.startMs : startMs, endMs: untilMs };
    spoken.push(modelSegment({ kind: "voice" }, "emotion", stretch));
  }
  return spoken;
}

/** The ends of all segments in order of time, and the names of each segment's two. Every end has a slot of its own. */
function timeSlots(segments: readonly Stretch[]) {
  const ends = segments.flatMap((segment) => {
    const startMs = Math.max(0, Math.round(segment.startMs));
    // ELAN refuses an annotation without length.
    const endMs = Math.max(startMs + 1, Math.round(segment.endMs));
    return [
      { segment, end: "from", ms: startMs },
      { segment, end: "to", ms: endMs },
    ] as const;
  });
  const sorted = ends.sort((a, b) => a.ms - b.ms);
  const ids = new Map<Stretch, { from: string; to: string }>();
  for (const [i, { segment, end }] of sorted.entries())
    ids.set(segment, { from: "", to: "", ...ids.get(segment), [end]: `ts${i + 1}` });
  return { ms: sorted.map(({ ms }) => ms), ids };
}
