import { signal, useComputed, useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import type { Analysis } from "../../../shared/protocol/results.ts";
import { Icon } from "../../components/Icon.tsx";
import { Menu } from "../../components/Menu.tsx";
import { Notice } from "../../components/Notice.tsx";
import { OverlayChoice } from "../../components/OverlayChoice.tsx";
import { Waiting } from "../../components/Progress.tsx";
import { SaveFigure } from "../../components/SaveFigure.tsx";
import { Select } from "../../components/Select.tsx";
import { loadResult } from "../../data/resultLoader.ts";
import { errorText } from "../../data/text.ts";
import { saveFigure } from "../../draw/figure.ts";
import type { TimelineLayer } from "../../draw/layer.ts";
import { differenceLayer } from "../../draw/layers/differenceLayer.ts";
import { leadingLayer } from "../../draw/layers/leadingLayer.ts";
import { overlaidLayer } from "../../draw/layers/overlaidLayer.ts";
import type { OverlayParts } from "../../draw/overlay.ts";
import { palette } from "../../draw/theme.ts";
import { timelineFigure } from "../../draw/timelineFigure.ts";
import { viewFragment } from "../../host/route.ts";
import type { Host } from "../../host.ts";
import { ClipSource } from "../../player/clipSource.ts";
import { useClipKeys } from "../../player/useClipKeys.ts";
import { Playback } from "../../player/playback.ts";
import { Shortcuts } from "../../player/Shortcuts.tsx";
import { Transport } from "../../player/Transport.tsx";
import { VideoStage } from "../../player/VideoStage.tsx";
import { ClipView } from "../../timeline/clipView.ts";
import { LayerTables } from "../../timeline/LayerTables.tsx";
import { Timeline } from "../../timeline/Timeline.tsx";
import { CompareFigures } from "./CompareFigures.tsx";
import { compareEyes, compareSides, setupDifferences, sideName, type ComparedThing } from "./comparison.ts";

/** The part of the clip that is looked at. */
class CompareClip extends ClipView {
  readonly wholeMs: number;

  constructor(wholeMs: number) {
    super({ startMs: 0, endMs: wholeMs });
    this.wholeMs = wholeMs;
  }
}

export interface CompareResultsProps {
  readonly host: Host;
  readonly analyses: readonly [Analysis, Analysis];
}

/** Clip, timeline and figures of two results. The clip and what is drawn over it are those of the side that is chosen. */
export function CompareResults({ host, analyses }: CompareResultsProps) {
  const [first, second] = analyses;
  const names = [sideName(first, "First"), sideName(second, "Second")] as const;
  const session = useMemo(() => {
    const abort = new AbortController();
    const results = analyses.map((analysis) => loadResult(host, analysis, abort.signal));
    const { media } = first;
    const playback = new Playback(results[0]!.frames, media.durationMs, media.video !== undefined);
    const clip = new ClipSource(host, first, abort.signal);
    clip.open();
    const view = new CompareClip(Math.max(media.durationMs, second.media.durationMs, 1));
    const parts = signal<OverlayParts>({ boxes: true, landmarks: false, gaze: false });
    return { abort, results, playback, clip, view, parts };
  }, [host, analyses]);
  const { results, playback, clip, view, parts } = session;
  const [one, two] = [results[0]!, results[1]!];
  useEffect(() => () => session.abort.abort(), [session]);
  useEffect(() => playback.onFrame((timeMs) => playback.playing.peek() && view.follow(timeMs)), [session]);
  useClipKeys(playback, view, view.wholeMs);

  const seen = useSignal<"0" | "1">("0");
  const chosen = useSignal<string | undefined>(undefined);
  const emotion = useSignal<string | undefined>(undefined);
  const things = useComputed(() =>
    one.done.value && two.done.value
      ? compareSides({ analysis: first, result: one }, { analysis: second, result: two })
      : [],
  );
  const eyes = useComputed(() =>
    one.done.value && two.done.value
      ? compareEyes({ analysis: first, result: one }, { analysis: second, result: two })
      : [],
  );
  const thing = useComputed(() => things.value.find(({ id }) => id === chosen.value) ?? things.value[0]);
  const label = useComputed(() => emotionOf(thing.value, emotion.value));
  const layers = useComputed((): readonly TimelineLayer[] => {
    const now = thing.value;
    if (now === undefined) return [];
    const both = { first: now.first, second: now.second, names };
    return [
      leadingLayer("first", names[0], now.first),
      leadingLayer("second", names[1], now.second),
      overlaidLayer("overlaid", label.value, label.value, both),
      differenceLayer("difference", "Difference", now.compared.difference),
    ];
  });
  const failed = one.error.value ?? two.error.value;
  const loaded = one.done.value && two.done.value;
  const shown = Number(seen.value) as 0 | 1;
  return (
    <div class="page result compare">
      <div class="result-head">
        {host.kind === "page" && (
          <a class="back" href={viewFragment({ view: "analyses" })} aria-label="All analyses">
            <Icon name="arrow-left" />
          </a>
        )}
        <h1>{first.media.name}: two results</h1>
        <span class="spread" />
        <Menu
          class="exports"
          lazy
          summary={
            <>
              <Icon name="desktop-download" /> Export
            </>
          }
        >
          <div class="menu">
            <SaveFigure
              host={host}
              name={`${first.media.name.replace(/\.[^.]+$/, "")}-compared`}
              title="The timeline as it is shown"
              disabled={layers.value.length === 0}
              make={(size, format) =>
                saveFigure(
                  timelineFigure({ layers: layers.value, view: view.view.value, lines: true }),
                  size,
                  format,
                )
              }
            />
          </div>
        </Menu>
      </div>
      {first.media.sha256 !== second.media.sha256 && (
        <Notice kind="error">
          These are results of two clips that differ: what lies over each other need not be the same moment.
        </Notice>
      )}
      {failed !== undefined && (
        <Notice kind="error">Not all results could be read: {errorText(failed)}</Notice>
      )}
      {clip.error.value !== undefined && (
        <Notice kind="error">The clip cannot be played: {errorText(clip.error.value)}</Notice>
      )}
      <div class="watch-and-timeline">
        <div class="player">
          <VideoStage
            media={first.media}
            clip={clip}
            frames={results[shown]!.frames}
            playback={playback}
            parts={parts}
            palette={palette}
            loaded={results[shown]!.loaded}
          />
          <Transport
            playback={playback}
            frames={one.frames}
            durationMs={first.media.durationMs}
            numbered={one.loaded.value > 0}
          >
            <Select
              label="Drawn over the picture"
              value={seen.value}
              options={names.map((text, k) => ({ value: String(k) as "0" | "1", text }))}
              onChange={(value) => (seen.value = value)}
            />
            {first.media.video !== undefined && <OverlayChoice parts={parts} />}
            <Shortcuts />
          </Transport>
        </div>
        {!loaded && <Waiting label="Loading both results" />}
        {loaded && things.value.length === 0 && (
          <p class="empty">
            The two results have no face and no voice in common: there is nothing to compare.
          </p>
        )}
        {thing.value !== undefined && (
          <Timeline
            clip={view}
            playback={playback}
            layers={layers}
            keys={["+", "−", "0"]}
            tableLabel="Show the timeline as a table"
            tools={
              <>
                <Select
                  label="Whose emotions"
                  value={thing.value.id}
                  options={things.value.map(({ id, title }) => ({ value: id, text: title }))}
                  onChange={(id) => (chosen.value = id)}
                />
                <Select
                  label="Emotion that is drawn as lines"
                  value={label.value}
                  options={thing.value.compared.emotions.map((of) => ({ value: of.label, text: of.label }))}
                  onChange={(value) => (emotion.value = value)}
                />
              </>
            }
            legend={
              <p class="muted small">
                {names[0]}: full line. {names[1]}: dashes. Above the difference a mark where another emotion
                leads.
              </p>
            }
            table={<LayerTables layers={layers.value} view={view.view.value} playback={playback} />}
          />
        )}
      </div>
      {thing.value !== undefined && (
        <CompareFigures
          {...{ names, things: things.value, thing: thing.value, eyes: eyes.value }}
          setup={setupDifferences(first, second)}
          onChoose={(id) => (chosen.value = id)}
        />
      )}
    </div>
  );
}

/** The one that was chosen, where it is there; else the one that differs most. */
function emotionOf(thing: ComparedThing | undefined, wanted: string | undefined): string {
  const emotions = thing?.compared.emotions ?? [];
  if (emotions.some(({ label }) => label === wanted)) return wanted!;
  const gap = ({ first, second }: (typeof emotions)[number]) => Math.abs(second - first);
  return emotions.toSorted((a, b) => gap(b) - gap(a))[0]?.label ?? "";
}
