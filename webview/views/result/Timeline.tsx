import { useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { emotionLook } from "../../../shared/emotion/appearance.ts";
import { IconButton } from "../../components/Button.tsx";
import { Icon } from "../../components/Icon.tsx";
import { RowTitles } from "../../components/RowTitles.tsx";
import type { LoadedResult } from "../../data/resultLoader.ts";
import { sizeCanvas } from "../../draw/fitCanvas.ts";
import { palette } from "../../draw/theme.ts";
import { drawPlayhead, drawTimeline, layoutRows, type TimelineRow } from "../../draw/timeline.ts";
import { formatTime, spanMs } from "../../draw/timeView.ts";
import type { Playback } from "../../player/playback.ts";
import { TimelineHover, type TimelineHoverProps } from "./TimelineHover.tsx";
import { SeriesTable } from "./SeriesTable.tsx";
import { RowsMenu } from "./RowsMenu.tsx";
import { pointerHandlers } from "./timelinePointer.ts";
import { toggled, type TimelineState } from "./timelineState.ts";

export interface TimelineProps {
  readonly timeline: TimelineState;
  readonly playback: Playback;
  readonly result: LoadedResult;
}

/** The rows of a result over time, which zoom, pan and seek. */
export function Timeline({ timeline, playback, result }: TimelineProps) {
  const asTable = useSignal(false);
  return (
    <section class="timeline" aria-label="Timeline">
      <div class="row timeline-head">
        <h2>Timeline</h2>
        {!result.done.value && (
          <span class="muted" role="status">
            Loading: {result.loaded.value} frames
          </span>
        )}
        <span class="spread" />
        <RowsMenu timeline={timeline} />
        <IconButton
          icon="zoom-in"
          label="Zoom in (+)"
          onClick={() => timeline.zoom(0.5, playback.timeMs.peek())}
        />
        <IconButton
          icon="zoom-out"
          label="Zoom out (−)"
          onClick={() => timeline.zoom(2, playback.timeMs.peek())}
        />
        <IconButton icon="screen-full" label="Show the whole clip (0)" onClick={() => timeline.showAll()} />
        <IconButton
          icon="graph-line"
          label="Draw lines instead of bands"
          text="Lines"
          pressed={timeline.style.value === "lines"}
          onClick={() => (timeline.style.value = timeline.style.value === "lines" ? "bands" : "lines")}
        />
        <IconButton
          icon="table"
          label="Show the timeline as a table"
          text="Table"
          pressed={asTable.value}
          onClick={() => (asTable.value = !asTable.value)}
        />
      </div>
      {asTable.value ? (
        <SeriesTable timeline={timeline} playback={playback} />
      ) : (
        <TimelineChart timeline={timeline} playback={playback} />
      )}
    </section>
  );
}

function TimelineChart({ timeline, playback }: Omit<TimelineProps, "result">) {
  const data = useRef<HTMLCanvasElement>(null);
  const head = useRef<HTMLCanvasElement>(null);
  const width = useSignal(0);
  const rows = timeline.rows.value;
  const { height } = layoutRows(rows);

  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => (width.value = Math.floor(entry!.contentRect.width)));
    observer.observe(data.current!.parentElement!);
    timeline.canvas = data.current ?? undefined;
    return () => {
      observer.disconnect();
      timeline.canvas = undefined;
    };
  }, []);
  useSignalEffect(() => {
    const scene = {
      rows: timeline.rows.value,
      view: timeline.view.value,
      style: timeline.style.value,
      width: width.value,
    };
    const colours = palette.value;
    const request = requestAnimationFrame(() => {
      const context = sizeCanvas(data.current, scene.width, layoutRows(scene.rows).height);
      if (context === undefined) return;
      const samples = drawTimeline(context, scene, colours);
      data.current!.dataset["samples"] = String(samples);
    });
    return () => cancelAnimationFrame(request);
  });
  useSignalEffect(() => {
    const whole = layoutRows(timeline.rows.value).height;
    const context = sizeCanvas(head.current, width.value, whole);
    if (context !== undefined)
      drawPlayhead(context, timeline.view.value, playback.timeMs.value, width.value, whole, palette.value);
  });

  const handlers = pointerHandlers(timeline, playback);
  return (
    <>
      <Legend timeline={timeline} />
      <div class="timeline-grid">
        <RowTitles
          rows={rows}
          heading={(row) =>
            row.kind === "lane" ? <GroupHeading timeline={timeline} row={row} /> : undefined
          }
        />
        <div class="timeline-canvas" style={{ height: `${height}px` }}>
          <canvas ref={data} aria-hidden="true" />
          <canvas ref={head} aria-hidden="true" />
          <Scrubber timeline={timeline} playback={playback} handlers={handlers} />
        </div>
      </div>
      <ScrollBar timeline={timeline} />
    </>
  );
}

/** The name of a group, which opens and closes it. */
function GroupHeading({ timeline, row }: { readonly timeline: TimelineState; readonly row: TimelineRow }) {
  const open = timeline.open.value.has(row.id);
  return (
    <button
      type="button"
      class="group-heading"
      aria-expanded={open}
      onClick={() => (timeline.open.value = toggled(timeline.open.peek(), row.id))}
    >
      <Icon name={open ? "chevron-down" : "chevron-right"} />
      {row.title}
      {timeline.pinned.value.has(row.id) && <Icon name="pinned" />}
    </button>
  );
}

interface ScrubberProps extends Omit<TimelineProps, "result"> {
  readonly handlers: ReturnType<typeof pointerHandlers>;
}

/** What pointer and keyboard take hold of: a slider over the whole clip. */
function Scrubber({ timeline, playback, handlers }: ScrubberProps) {
  const hover = useSignal<TimelineHoverProps["at"] | undefined>(undefined);
  const element = useRef<HTMLDivElement>(null);
  // Preact listens passively to the wheel; the page must not scroll while the timeline zooms.
  useEffect(() => {
    const target = element.current!;
    target.addEventListener("wheel", handlers.onWheel, { passive: false });
    return () => target.removeEventListener("wheel", handlers.onWheel);
  });
  const timeMs = playback.timeMs.value;
  return (
    <div
      ref={element}
      class="scrubber"
      role="slider"
      tabIndex={0}
      aria-label="Position in the clip"
      aria-valuemin={0}
      aria-valuemax={Math.round(timeline.durationMs)}
      aria-valuenow={Math.round(timeMs)}
      aria-valuetext={formatTime(timeMs, 10)}
      onPointerDown={handlers.onPointerDown}
      onPointerUp={handlers.onPointerUp}
      onPointerMove={(event) => {
        handlers.onPointerMove(event);
        const box = event.currentTarget.getBoundingClientRect();
        const at = { x: event.clientX - box.left, y: event.clientY - box.top };
        hover.value = { ...at, width: box.width, height: box.height };
      }}
      onPointerLeave={() => (hover.value = undefined)}
      onDblClick={() => timeline.showAll()}
    >
      {hover.value !== undefined && <TimelineHover timeline={timeline} at={hover.value} />}
    </div>
  );
}

function Legend({ timeline }: { readonly timeline: TimelineState }) {
  const labels = new Set(
    timeline.rows.value.flatMap((row) =>
      row.kind === "series" || row.kind === "lane" ? (row.series?.labels ?? []) : [],
    ),
  );
  const lines = timeline.style.value === "lines";
  return (
    <ul class="legend" aria-label="Colours of the emotions">
      {[...labels].map((label) => (
        <li key={label}>
          {lines ? (
            <svg width="24" height="8" aria-hidden="true">
              <line
                x1="0"
                y1="4"
                x2="24"
                y2="4"
                stroke={emotionLook(label)?.colour}
                stroke-width="2"
                stroke-dasharray={(emotionLook(label)?.dash ?? []).join(" ")}
              />
            </svg>
          ) : (
            <span class="swatch" style={{ background: emotionLook(label)?.colour }} />
          )}{" "}
          {label}
        </li>
      ))}
    </ul>
  );
}

function ScrollBar({ timeline }: { readonly timeline: TimelineState }) {
  const view = timeline.view.value;
  if (spanMs(view) >= timeline.durationMs) return null;
  return (
    <input
      class="pan"
      type="range"
      aria-label="Part of the clip that the timeline shows"
      aria-valuetext={`${formatTime(view.startMs, 10)} to ${formatTime(view.endMs, 10)}`}
      min={0}
      max={timeline.durationMs - spanMs(view)}
      step={spanMs(view) / 50}
      value={view.startMs}
      onInput={(event) => timeline.pan(Number(event.currentTarget.value) - timeline.view.peek().startMs)}
    />
  );
}
