import { melStripFormat } from "../../../shared/protocol/mel.ts";
import type { Analysis, AnalysisEvent } from "../../../shared/protocol/results.ts";
import type { CarriedLane } from "../../data/resultLoader.ts";
import type { MelStore } from "../../data/melStore.ts";
import type { Series } from "../../data/series.ts";
import type { TimelineRow } from "../../draw/timeline.ts";

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
export const rowKinds = ["emotion", "fused", "carried", "mel", "rate", "events"] as const;
export type RowKind = (typeof rowKinds)[number];

export const rowKindTitles: Readonly<Record<RowKind, string>> = {
  emotion: "Emotion of face or voice",
  fused: "Fused emotion",
  carried: "Carried by",
  mel: "Spectrogram",
  rate: "Blinks a minute",
  events: "Events",
};

/** All rows of one person, of the voice, or of the clip. */
export interface TimelineGroup {
  /** `face:<track>`, `voice` or `clip`. */
  readonly id: string;
  readonly title: string;
  /** What stands for the group while it is closed. */
  readonly lead: Series | undefined;
  readonly rows: readonly { readonly kind: RowKind; readonly row: TimelineRow }[];
}

export interface GroupParts {
  readonly series: readonly Series[];
  readonly carried: readonly CarriedLane[];
  readonly mel: MelStore | undefined;
}

/** A group a person, in order of their numbers, then the voice, then what belongs to nobody. */
export function timelineGroups(
  { tracks, events }: Pick<Analysis, "tracks"> & { readonly events: readonly AnalysisEvent[] },
  { series, carried, mel }: GroupParts,
): TimelineGroup[] {
  const find = (id: string): Series | undefined => series.find((one) => one.id === id);
  const lanesOf = (track: number | undefined): TimelineRow[] =>
    Object.entries(laneTitles).flatMap(([kind, title]): TimelineRow[] => {
      const found = events.filter((event) => event.kind === kind && event.track === track);
      return found.length === 0
        ? []
        : [{ kind: "events", id: `events:${kind}:${track ?? ""}`, title, events: found }];
    });
  const carriedOf = (seriesId: string): TimelineRow[] =>
    carried
      .filter((lane) => lane.seriesId === seriesId)
      .map(({ stretches }) => ({
        ...{ kind: "stretches", id: `carried:${seriesId}`, title: "Carried by", stretches },
      }));
  const seriesRow = (one: Series | undefined, title: string): TimelineRow[] =>
    one === undefined ? [] : [{ kind: "series", id: one.id, title, series: one }];
  const group = (
    id: string,
    title: string,
    lead: Series | undefined,
    rows: Partial<Record<RowKind, readonly TimelineRow[]>>,
  ): TimelineGroup => ({
    ...{ id, title, lead },
    rows: rowKinds.flatMap((kind) => (rows[kind] ?? []).map((row) => ({ kind, row }))),
  });

  const people = tracks.map(({ id, blinkRate }) => {
    const face = find(`face:${id}`);
    const fused = find(`fused:${id}`);
    return group(`face:${id}`, face?.title ?? `Face ${id}`, fused ?? face, {
      emotion: seriesRow(face, "Face"),
      fused: seriesRow(fused, "Fused"),
      carried: carriedOf(`fused:${id}`),
      rate: blinkRate
        ? [{ kind: "rate", id: `blinks:${id}`, title: "Blinks a minute", rate: blinkRate }]
        : [],
      events: lanesOf(id),
    });
  });
  const [voice, alone] = [find("voice"), find("fused:0")];
  const melTitle = `Mel, ${melStripFormat.lowHz}–${melStripFormat.highHz} Hz`;
  return [
    ...people,
    group("voice", "Voice", voice ?? alone, {
      emotion: seriesRow(voice, "Voice"),
      fused: seriesRow(alone, "Fused, voice alone"),
      carried: carriedOf("fused:0"),
      mel: mel === undefined ? [] : [{ kind: "mel", id: "mel", title: melTitle, mel }],
    }),
    group("clip", "Clip", undefined, { events: lanesOf(undefined) }),
  ].filter(({ lead, rows }) => lead !== undefined || rows.length > 0);
}
