import { aboutPipeline, faceClipKind } from "../../../shared/protocol/pipelines.ts";
import { signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import type { Analysis } from "../../../shared/protocol/results.ts";
import { Icon } from "../../components/Icon.tsx";
import { Notice } from "../../components/Notice.tsx";
import { viewFragment } from "../../host/route.ts";
import { loadResult } from "../../data/resultLoader.ts";
import { palette } from "../../draw/theme.ts";
import type { OverlayParts } from "../../draw/overlay.ts";
import type { Host } from "../../host.ts";
import { useClipKeys } from "../../player/useClipKeys.ts";
import { ClipSource } from "../../player/clipSource.ts";
import { Playback } from "../../player/playback.ts";
import { Transport } from "../../player/Transport.tsx";
import { VideoStage } from "../../player/VideoStage.tsx";
import { formatTime } from "../../draw/timeView.ts";
import { errorText } from "../../data/text.ts";
import { Details } from "./Details.tsx";
import { Exports } from "./Exports.tsx";
import { FaceClip } from "./FaceClip.tsx";
import { Moment } from "./Moment.tsx";
import { ResultTimeline } from "./ResultTimeline.tsx";
import { ShareMenu } from "./ShareMenu.tsx";
import { TimelineState } from "./timelineState.ts";
import { OverlayChoice } from "../../components/OverlayChoice.tsx";
import { Shortcuts } from "../../player/Shortcuts.tsx";

/** With more faces than this the picture is smaller, so that all of their lines fit below it. */
const manyPeople = 6;
const aCrowd = 12;

export interface ResultViewProps {
  readonly host: Host;
  readonly analysis: Analysis;
  /** Somebody corrected whom faces or voices belong to. */
  readonly onCorrected: () => void;
}

/** A result: clip, timeline, the moment, tables. */
export function ResultView({ host, analysis, onCorrected }: ResultViewProps) {
  const { media, summary } = analysis;
  const { faceView } = aboutPipeline(analysis.pipeline);
  const session = useMemo(() => {
    const abort = new AbortController();
    const result = loadResult(host, analysis, abort.signal);
    const playback = new Playback(result.frames, media.durationMs, media.video !== undefined);
    const timeline = new TimelineState(analysis, result);
    const parts = signal<OverlayParts>({ boxes: true, landmarks: true, gaze: true });
    const clip = new ClipSource(host, analysis, abort.signal);
    clip.open();
    return { abort, result, playback, timeline, parts, clip };
  }, [host, analysis]);
  const { result, playback, timeline, parts, clip } = session;
  useEffect(() => () => session.abort.abort(), [session]);
  useEffect(
    () => playback.onFrame((timeMs) => playback.playing.peek() && timeline.follow(timeMs)),
    [session],
  );

  useClipKeys(playback, timeline, media.durationMs, (direction) => {
    const next = timeline.eventAfter(playback.headingMs, direction);
    if (next !== undefined) playback.seek(next);
  });

  return (
    <div class="page result">
      <div class="result-head">
        {host.kind === "page" && (
          <a class="back" href={viewFragment({ view: "analyses" })} aria-label="All analyses">
            <Icon name="arrow-left" />
          </a>
        )}
        <h1>{media.name}</h1>
        <span class="muted facts">
          {aboutPipeline(analysis.pipeline).title} · {formatTime(media.durationMs, 100)}
          {media.video !== undefined && ` · ${media.video.width} × ${media.video.height}`} · read on{" "}
          {analysis.device.provider}
        </span>
        <span class="spread" />
        {host.kind === "page" && media.video !== undefined && <ShareMenu host={host} analysis={analysis} />}
        <Exports host={host} analysis={analysis} timeline={timeline} />
      </div>
      {summary.notes.length > 0 && (
        <Notice kind="info">
          {summary.notes.map((note) => (
            <p key={note}>{note}</p>
          ))}
        </Notice>
      )}
      {result.error.value !== undefined && (
        <Notice kind="error">Not all results could be read: {errorText(result.error.value)}</Notice>
      )}
      {clip.error.value !== undefined && (
        <Notice kind="error">The clip cannot be played in full: {errorText(clip.error.value)}</Notice>
      )}
      <div
        class={`watch-and-timeline${analysis.tracks.length > manyPeople ? " many" : ""}${analysis.tracks.length > aCrowd ? " crowd" : ""}`}
      >
        <div class="watch">
          <div class="player">
            <VideoStage
              media={media}
              clip={clip}
              frames={result.frames}
              playback={playback}
              parts={parts}
              palette={palette}
              nameOf={(track) => {
                const person = analysis.tracks.find(({ id }) => id === track);
                return person?.name ?? person?.participant ?? `Face ${track}`;
              }}
              loaded={result.loaded}
            />
            <Transport
              playback={playback}
              frames={result.frames}
              durationMs={media.durationMs}
              numbered={result.loaded.value > 0}
            >
              {media.video !== undefined && <OverlayChoice parts={parts} />}
              <Shortcuts />
            </Transport>
          </div>
          <Moment
            series={result.series}
            carried={result.carried}
            playback={playback}
            frames={result.frames}
          />
        </div>
        {faceView && analysis.clips !== undefined && analysis.clips.length > 0 && (
          <FaceClip
            host={host}
            analysisId={analysis.id}
            clips={analysis.clips}
            view={faceView}
            beside={faceClipKind(analysis.pipeline, analysis.config).beside}
            playback={playback}
          />
        )}
        <ResultTimeline timeline={timeline} playback={playback} result={result} />
      </div>
      <Details {...{ host, analysis, timeline, playback, frames: result.frames, onCorrected }} />
    </div>
  );
}
