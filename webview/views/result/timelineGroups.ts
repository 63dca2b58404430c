import { voiceTitle } from "../../../shared/people/title.ts";
import { melStripFormat } from "../../../shared/protocol/mel.ts";
import type { Analysis, AnalysisEvent } from "../../../shared/protocol/results.ts";
import type { CarriedLane } from "../../data/resultLoader.ts";
import type { MelStore } from "../../data/melStore.ts";
import type { Series } from "../../data/series.ts";
import type { TimelineLayer } from "../../draw/layer.ts";
import { carriedLayer } from "../../draw/layers/carriedLayer.ts";
import { eventLayer } from "../../draw/layers/eventLayer.ts";
import { melLayer } from "../../draw/layers/melLayer.ts";
import { turnLayer } from "../../draw/layers/turnLayer.ts";
import { rateLayer } from "../../draw/layers/rateLayer.ts";
import { seriesLayer, type SeriesStyle } from "../../draw/layers/seriesLayer.ts";
import { unitsLayer } from "../../draw/layers/unitsLayer.ts";

export const eventTitles: Readonly<Record<AnalysisEvent["kind"], string>> = {
  blink: "Blinks",
  gaze_away: "Gaze away",
  micro_expression: "Micro-expression candidate",
  scene_cut: "Cuts",
  prompt: "Prompts",
  answer: "Answers",
};

const laneTitles: typeof eventTitles = { ...eventTitles, micro_expression: "Micro-expr. cand." };

/** Kinds of rows that can be left out, in the order in which they stand in a group. */
export const rowKinds = [
  "emotion",
  "fused",
  "carried",
  "avatar",
  "units",
  "turns",
  "mel",
  "rate",
  "events",
] as const;
export type RowKind = (typeof rowKinds)[number];

export const rowKindTitles: Readonly<Record<RowKind, string>> = {
  emotion: "Emotion of face or voice",
  fused: "Fused emotion",
  carried: "Carried by",
  avatar: "Emotion on the avatar",
  units: "Action units",
  turns: "Who speaks",
  mel: "Spectrogram",
  rate: "Blinks a minute",
  events: "Events",
};

/** All rows of one person, of the voice, or of the clip. */
export interface TimelineGroup {
  /** `face:<track>`, `voice` (of everybody), `voice:<number>` or `clip`. */
  readonly id: string;
  readonly title: string;
  /** What stands for the group while it is closed. */
  readonly lead: Series | undefined;
  readonly layers: readonly { readonly kind: RowKind; readonly layer: TimelineLayer }[];
}

export interface GroupParts {
  readonly series: readonly Series[];
  readonly carried: readonly CarriedLane[];
  readonly mel: MelStore | undefined;
  readonly style: SeriesStyle;
}

/** A group a person, in order of their numbers, then the voice and each of those that were told apart, then what belongs to nobody. */
export function timelineGroups(
  {
    tracks,
    voices = [],
    events,
  }: Pick<Analysis, "tracks" | "voices"> & { readonly events: readonly AnalysisEvent[] },
  { series, carried, mel, style }: GroupParts,
): TimelineGroup[] {
  const find = (id: string): Series | undefined => series.find((one) => one.id === id);
  const eventsOf = (track: number | undefined): TimelineLayer[] =>
    Object.entries(laneTitles).flatMap(([kind, title]): TimelineLayer[] => {
      const found = events.filter((event) => event.kind === kind && event.track === track);
      return found.length === 0 ? [] : [eventLayer(`events:${kind}:${track ?? ""}`, title, found)];
    });
  const carriedOf = (seriesId: string): TimelineLayer[] =>
    carried
      .filter((one) => one.seriesId === seriesId)
      .map(({ stretches }) => carriedLayer(`carried:${seriesId}`, "Carried by", stretches));
  const seriesOf = (one: Series | undefined, title: string): TimelineLayer[] =>
    one === undefined ? [] : [seriesLayer(one, title, style)];
  const group = (
    id: string,
    title: string,
    lead: Series | undefined,
    layers: Partial<Record<RowKind, readonly TimelineLayer[]>>,
  ): TimelineGroup => ({
    ...{ id, title, lead },
    layers: rowKinds.flatMap((kind) => (layers[kind] ?? []).map((layer) => ({ kind, layer }))),
  });

  const people = tracks.map(({ id, blinkRate }) => {
    const face = find(`face:${id}`);
    const fused = find(`fused:${id}`);
    const units = find(`units:${id}`);
    return group(`face:${id}`, face?.title ?? `Face ${id}`, fused ?? face, {
      emotion: seriesOf(face, "Face"),
      fused: seriesOf(fused, "Fused"),
      carried: carriedOf(`fused:${id}`),
      avatar: seriesOf(find(`avatar:${id}`), "On the avatar"),
      units: units ? [unitsLayer(units, "Action units")] : [],
      rate: blinkRate ? [rateLayer(`blinks:${id}`, "Blinks a minute", blinkRate)] : [],
      events: eventsOf(id),
    });
  });
  const [voice, alone] = [find("voice"), find("fused:0")];
  const melTitle = `Mel, ${melStripFormat.lowHz}–${melStripFormat.highHz} Hz`;
  return [
    ...people,
    group("voice", "Voice", voice ?? alone, {
      emotion: seriesOf(voice, "Voice"),
      fused: seriesOf(alone, "Fused, voice alone"),
      carried: carriedOf("fused:0"),
      mel: mel === undefined ? [] : [melLayer("mel", melTitle, mel)],
    }),
    ...voices.map((heard) => {
      const emotion = find(`voice:${heard.id}`);
      const title = voiceTitle(heard);
      return group(`voice:${heard.id}`, title, emotion, {
        emotion: seriesOf(emotion, title),
        turns: [turnLayer(`turns:${heard.id}`, title, heard.turns)],
      });
    }),
    group("clip", "Clip", undefined, { events: eventsOf(undefined) }),
  ].filter(({ lead, layers }) => lead !== undefined || layers.length > 0);
}
