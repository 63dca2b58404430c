import { personTitle, voiceTitle } from "../../shared/people/title.ts";
import { signal, type ReadonlySignal } from "@preact/signals";
import type * as z from "zod";
import type { ExportName } from "../../shared/protocol/analyses.ts";
import { actionUnits } from "../../shared/emotion/actionUnits.ts";
import { expressionLabels, fusedLabels, speechLabels } from "../../shared/emotion/labels.ts";
import { melLineSchema } from "../../shared/protocol/mel.ts";
import {
  frameLineSchema,
  fusedLineSchema,
  speechLineSchema,
  type Analysis,
} from "../../shared/protocol/results.ts";
import type { Host } from "../host.ts";
import { CarriedStretches, type CarriedStretch } from "./carried.ts";
import { FrameStore } from "./frameStore.ts";
import { jsonLines } from "./jsonLines.ts";
import { MelStore } from "./melStore.ts";
import { Presence, untilNext } from "./presence.ts";
import { SeriesBuilder, type Series } from "./series.ts";

/** The files of one analysis as the page holds them; `series` and `frames` grow until `done`. */
export interface LoadedResult {
  readonly frames: FrameStore;
  readonly series: ReadonlySignal<readonly Series[]>;
  /** Which side carried the fused emotion: a lane for each face, and for the voice alone. */
  readonly carried: ReadonlySignal<readonly CarriedLane[]>;
  /** The spectrogram, once it is there. */
  readonly mel: ReadonlySignal<MelStore | undefined>;
  /** Frames that have arrived. */
  readonly loaded: ReadonlySignal<number>;
  readonly done: ReadonlySignal<boolean>;
  readonly error: ReadonlySignal<unknown>;
}

export interface CarriedLane {
  /** Of the fused series. */
  readonly seriesId: string;
  readonly title: string;
  readonly stretches: readonly CarriedStretch[];
}

/** A segment of speech is shown around its middle, as long as it takes to the next one. */
const speechHopMs = 500;
/** How often the timeline is rebuilt while lines arrive. */
const rebuildEveryMs = 400;

/** Starts reading the line files of `analysis`; what has arrived can be shown at once. */
export function loadResult(
  host: Pick<Host, "resultFile">,
  analysis: Analysis,
  abort: AbortSignal,
): LoadedResult {
  const frames = new FrameStore();
  const builders = new Map<string, SeriesBuilder>();
  const series = signal<readonly Series[]>([]);
  const carried = signal<readonly CarriedLane[]>([]);
  const mel = signal<MelStore | undefined>(undefined);
  const loaded = signal(0);
  const done = signal(false);
  const error = signal<unknown>(undefined);
  let rebuilt = 0;

  const publish = (): void => {
    series.value = [...builders.values()].filter((b) => b.length > 0).map((b) => b.build());
    loaded.value = frames.length;
    rebuilt = performance.now();
  };
  const builder = (id: string, title: string, labels: readonly string[]): SeriesBuilder => {
    let found = builders.get(id);
    if (found === undefined) builders.set(id, (found = new SeriesBuilder(id, title, labels)));
    return found;
  };

  const lines = <T>(name: ExportName, schema: z.ZodType<T>): AsyncIterable<T> =>
    jsonLines(host.resultFile(analysis.id, name, abort), schema);

  const read = async (): Promise<void> => {
    const { events, media } = analysis;
    const presence = new Presence(
      events.filter(({ kind }) => kind === "scene_cut").map(({ startMs }) => startMs),
    );
    for (const track of analysis.tracks)
      builder(`face:${track.id}`, personTitle(analysis.tracks, track.id), expressionLabels);
    // A frame is on the screen until the next one comes, whatever the rate that the file states.
    for await (const { line, untilMs } of untilNext(
      lines("frames.jsonl", frameLineSchema),
      media.durationMs,
    )) {
      frames.add(line);
      for (const face of line.faces) {
        presence.add(face.track, line.timeMs, untilMs);
        const title = personTitle(analysis.tracks, face.track);
        const add = (rows: SeriesBuilder, values: Readonly<Record<string, number>> | undefined): void =>
          rows.add(line.timeMs, untilMs, face.state === "low_quality", values);
        add(builder(`face:${face.track}`, title, expressionLabels), face.emotion ?? face.expression);
        if (face.actionUnits === undefined) continue;
        add(
          builder(`avatar:${face.track}`, `${title}, on the avatar`, expressionLabels),
          face.avatar?.emotion,
        );
        add(builder(`units:${face.track}`, `${title}, action units`, actionUnits), face.actionUnits);
      }
      if (performance.now() - rebuilt > rebuildEveryMs) publish();
    }
    const voice = builder("voice", "Voice", speechLabels);
    const voices = new Map(
      (analysis.voices ?? []).map((one) => [
        one.id,
        builder(`voice:${one.id}`, voiceTitle(one), speechLabels),
      ]),
    );
    for await (const line of lines("speech.jsonl", speechLineSchema)) {
      const fromMs = (line.startMs + line.endMs - speechHopMs) / 2;
      for (const rows of [voice, line.voice === undefined ? undefined : voices.get(line.voice)]) {
        rows?.endLastBy(fromMs);
        rows?.add(fromMs, fromMs + speechHopMs, line.state === "low_quality", line.probabilities);
      }
    }
    const lanes = new Map<string, { title: string; stretches: CarriedStretches }>();
    for await (const { line, untilMs } of untilNext(
      lines("fused.jsonl", fusedLineSchema),
      media.durationMs,
    )) {
      // Fused emotions end with their face.
      const faceEndMs = line.track === undefined ? untilMs : presence.endOf(line.track, line.timeMs);
      const endMs = Math.min(untilMs, faceEndMs ?? untilMs);
      const who = line.track === undefined ? "voice" : `face ${line.track}`;
      const seriesId = `fused:${line.track ?? 0}`;
      const rows = builder(seriesId, `Fused: ${who}`, fusedLabels);
      rows.add(line.timeMs, endMs, line.state === "low_quality", line.probabilities);
      const lane = lanes.get(seriesId) ?? { title: `Carried: ${who}`, stretches: new CarriedStretches() };
      lanes.set(seriesId, lane);
      lane.stretches.add(line, endMs);
    }
    carried.value = Array.from(lanes, ([seriesId, { title, stretches }]) => ({
      ...{ seriesId, title, stretches: stretches.build() },
    })).filter(({ stretches }) => stretches.length > 0);
    if (analysis.voice === undefined) return;
    const store = new MelStore();
    for await (const line of lines("mel.jsonl", melLineSchema)) store.add(line);
    if (store.length > 0) mel.value = store;
  };
  read()
    .catch((reason: unknown) => {
      if (!abort.aborted) error.value = reason;
    })
    .finally(() => {
      publish();
      done.value = true;
    });
  return { frames, series, carried, mel, loaded, done, error };
}
