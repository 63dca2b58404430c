import { signal, type ReadonlySignal } from "@preact/signals";
import { expressionLabels, fusedLabels, speechLabels } from "../../shared/emotion/labels.ts";
import {
  frameLineSchema,
  fusedLineSchema,
  speechLineSchema,
  type Analysis,
  type FrameLine,
} from "../../shared/protocol/results.ts";
import type { Host } from "../host.ts";
import { FrameStore } from "./frameStore.ts";
import { jsonLines } from "./jsonLines.ts";
import { SeriesBuilder, type Series } from "./series.ts";

/** The files of one analysis as the page holds them; `series` and `frames` grow until `done`. */
export interface LoadedResult {
  readonly frames: FrameStore;
  readonly series: ReadonlySignal<readonly Series[]>;
  /** Frames that have arrived. */
  readonly loaded: ReadonlySignal<number>;
  readonly done: ReadonlySignal<boolean>;
  readonly error: ReadonlySignal<unknown>;
}

/** How often the timeline is rebuilt while lines arrive. */
const rebuildEveryMs = 400;
/** A row of the fused series ends here when none follows. */
const longestStepMs = 1000;

/** Starts reading the line files of `analysis`; what has arrived can be shown at once. */
export function loadResult(host: Host, analysis: Analysis, abort: AbortSignal): LoadedResult {
  const frames = new FrameStore();
  const builders = new Map<string, SeriesBuilder>();
  const series = signal<readonly Series[]>([]);
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

  const read = async (): Promise<void> => {
    const frameMs = 1000 / (analysis.media.video?.frameRate ?? 25);
    for (const track of analysis.tracks) builder(`face:${track.id}`, `Face ${track.id}`, expressionLabels);
    for await (const line of jsonLines(
      host.resultFile(analysis.id, "frames.jsonl", abort),
      frameLineSchema,
    )) {
      frames.add(line);
      addFaces(line, frameMs, builder);
      if (performance.now() - rebuilt > rebuildEveryMs) publish();
    }
    for await (const line of jsonLines(host.resultFile(analysis.id, "speech.jsonl", abort), speechLineSchema))
      builder("voice", "Voice", speechLabels).add(
        line.startMs,
        line.endMs,
        line.state === "low_quality",
        line.probabilities,
      );
    for await (const line of jsonLines(host.resultFile(analysis.id, "fused.jsonl", abort), fusedLineSchema)) {
      const title = line.track === undefined ? "Fused: voice" : `Fused: face ${line.track}`;
      const rows = builder(`fused:${line.track ?? 0}`, title, fusedLabels);
      rows.endLastBy(line.timeMs);
      rows.add(line.timeMs, line.timeMs + longestStepMs, line.state === "low_quality", line.probabilities);
    }
  };
  read()
    .catch((reason: unknown) => {
      if (!abort.aborted) error.value = reason;
    })
    .finally(() => {
      publish();
      done.value = true;
    });
  return { frames, series, loaded, done, error };
}

function addFaces(
  line: FrameLine,
  frameMs: number,
  builder: (id: string, title: string, labels: readonly string[]) => SeriesBuilder,
): void {
  for (const face of line.faces) {
    const rows = builder(`face:${face.track}`, `Face ${face.track}`, expressionLabels);
    // Up to two frames are joined: a variable frame rate leaves no slits.
    rows.endLastBy(line.timeMs, 2 * frameMs);
    rows.add(
      line.timeMs,
      line.timeMs + frameMs,
      face.state === "low_quality",
      face.emotion ?? face.expression,
    );
  }
}
