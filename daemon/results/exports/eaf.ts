import { voiceTitle } from "../../../shared/people/title.ts";
import type { Analysis, AnalysisEvent, SpeechLine } from "../../../shared/protocol/results.ts";
import { eventSegment, type Stretch } from "../../../shared/segments/segment.ts";
import { formatEaf } from "../../text/eaf.ts";
import { heardEmotion, heardStretches } from "./segments.ts";

/** What the result files hold, as stretches of time. */
export interface EafLines {
  readonly emotions: ReadonlyMap<number, readonly Stretch[]>;
  /** Of each track; undefined is the voice alone. */
  readonly fused: ReadonlyMap<number | undefined, readonly Stretch[]>;
  /** In order. */
  readonly speech: readonly SpeechLine[];
}

/**
 * The analysis as an ELAN document (EAF 3.0, Max Planck Institute for Psycholinguistics): for each face tiers of
 * emotion and fused segments, blinks and gaze away from the camera, then speech, the turns of each voice and scene cuts. The media is expected beside the
 * document.
 */
export function toEaf(analysis: Analysis, lines: EafLines): string {
  const { id, media, run, versions } = analysis;
  const annotator = `EDIN ${versions["edin"] ?? ""}`.trim();
  return formatEaf({
    ...{ clip: media.name, date: run.finishedAt },
    properties: { analysis: id, mediaSha256: media.sha256 },
    tiers: tiers(analysis, lines).map(({ name, participant, segments }) => ({
      ...{ name, participant, annotator, type: "segment" },
      entries: segments.map(({ label, startMs, endMs }) => ({ value: label, startMs, endMs })),
    })),
  });
}

interface Tier {
  readonly name: string;
  readonly participant: string;
  readonly segments: readonly Pick<Stretch, "label" | "startMs" | "endMs">[];
}

function tiers({ tracks, events, voices = [] }: Analysis, { emotions, fused, speech }: EafLines): Tier[] {
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
    { name: "speech: emotion", participant: "speech", segments: heardStretches(speech, heardEmotion) },
    { name: "speech: fused", participant: "speech", segments: fused.get(undefined) ?? [] },
    ...voices.map((voice) => ({
      name: `voice ${voice.id}: turns`,
      participant: voice.name ?? voice.participant ?? `voice ${voice.id}`,
      segments: voice.turns.map(([startMs, endMs]) => ({ label: voiceTitle(voice), startMs, endMs })),
    })),
    { name: "scene cuts", participant: "", segments: ofKind("scene_cut") },
  ];
}
