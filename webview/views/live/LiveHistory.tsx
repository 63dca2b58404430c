import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { AnalysisEvent } from "../../../shared/protocol/results.ts";
import { IconButton } from "../../components/Button.tsx";
import { FigureMenu } from "../../components/SaveFigure.tsx";
import { DataTable } from "../../components/DataTable.tsx";
import { sampleAt, sampleState } from "../../data/series.ts";
import { palette } from "../../draw/theme.ts";
import { fitCanvas } from "../../draw/fitCanvas.ts";
import { layerAt, layoutLayers, type TimelineLayer } from "../../draw/layer.ts";
import { eventLayer } from "../../draw/layers/eventLayer.ts";
import { seriesLayer } from "../../draw/layers/seriesLayer.ts";
import { axisHeight, drawTimeline } from "../../draw/timeline.ts";
import { saveFigure } from "../../draw/figure.ts";
import { timelineFigure } from "../../draw/timelineFigure.ts";
import { formatTime, type TimeView } from "../../draw/timeView.ts";
import type { Host } from "../../host.ts";
import type { LiveFeed } from "../../live/liveFeed.ts";
import type { RecentSeries } from "../../live/recentSeries.ts";
import { percent } from "../../../shared/text/percent.ts";
import { LayerTitles } from "../../timeline/LayerTitles.tsx";
import { TimelineHover, type HoverPlace } from "../../timeline/TimelineHover.tsx";
import { eventTitles } from "../result/timelineGroups.ts";

const spanMs = 30_000;
/** The chart is drawn this often; more seldom for those who want less motion. */
const redrawMs = matchMedia("(prefers-reduced-motion: reduce)").matches ? 2000 : 240;
/** Events that a live view has room for. */
const shownEvents: readonly AnalysisEvent["kind"][] = [
  "blink",
  "gaze_away",
  "micro_expression",
  "prompt",
  "answer",
];

/** The last half minute of every row, and as a table what led at each second of it. */
export function LiveHistory({ host, feed }: { readonly host: Host; readonly feed: LiveFeed }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const asTable = useSignal(false);
  const clock = useSignal(0);
  const hover = useSignal<HoverPlace | undefined>(undefined);
  const view = useSignal({ startMs: 0, endMs: spanMs });
  const shown = useSignal<readonly TimelineLayer[]>([]);
  useEffect(() => {
    const redraw = (): number => clock.value++;
    const timer = setInterval(redraw, redrawMs);
    addEventListener("resize", redraw);
    return () => {
      clearInterval(timer);
      removeEventListener("resize", redraw);
    };
  }, []);
  const tick = clock.value;
  const theme = palette.value;
  useEffect(() => {
    const target = canvas.current;
    const context = target?.getContext("2d");
    if (target === null || context == null) return;
    const layers = layersOf(feed);
    target.style.height = `${axisHeight + layoutLayers(layers).height}px`;
    const { ratio } = fitCanvas(target, context);
    context.scale(ratio, ratio);
    const width = target.clientWidth;
    view.value = viewOf(feed);
    shown.value = layers;
    drawTimeline(context, { layers, view: view.value, width }, theme);
  }, [feed, tick, theme]);
  const layers = layersOf(feed);
  return (
    <section class="timeline" aria-label="History">
      <div class="row">
        <h2>Last 30 seconds</h2>
        <span class="spread" />
        <IconButton
          icon="table"
          label="Show the history as a table"
          pressed={asTable.value}
          onClick={() => (asTable.value = !asTable.value)}
        />
        <FigureMenu
          host={host}
          name="live-history"
          disabled={layers.length === 0}
          make={(size, format) =>
            saveFigure(
              timelineFigure({ layers: layersOf(feed), view: viewOf(feed), lines: false }),
              size,
              format,
            )
          }
        />
      </div>
      <div class="timeline-grid">
        <LayerTitles layers={layers} />
        <div
          class="plot-hover"
          onPointerMove={({ clientX, clientY, currentTarget }) => {
            const { left, top, width, height } = currentTarget.getBoundingClientRect();
            hover.value = { x: clientX - left, y: clientY - top, width, height };
          }}
          onPointerLeave={() => (hover.value = undefined)}
        >
          <canvas
            ref={canvas}
            class="live-history"
            role="img"
            aria-label="Probabilities over the last 30 seconds. The table holds them too."
          />
          <TimelineHover at={hover} view={view} layerAt={(y) => layerAt(shown.value, y - axisHeight)} />
        </div>
      </div>
      {asTable.value && <HistoryTable feed={feed} />}
    </section>
  );
}

function viewOf(feed: LiveFeed): TimeView {
  const startMs = Math.max(feed.nowMs() - spanMs, 0);
  return { startMs, endMs: startMs + spanMs };
}

function layersOf(feed: LiveFeed): TimelineLayer[] {
  const fromMs = feed.nowMs() - spanMs;
  const recent = feed.events.peek().filter((event) => event.endMs > fromMs);
  return [
    ...feed.rows(spanMs).map((row) => seriesLayer(row.view(), row.title, "bands")),
    ...shownEvents.flatMap((kind): TimelineLayer[] => {
      const events = recent.filter((event) => event.kind === kind);
      return events.length === 0 ? [] : [eventLayer(kind, eventTitles[kind], events)];
    }),
  ];
}

function HistoryTable({ feed }: { readonly feed: LiveFeed }) {
  const rows = feed.rows(spanMs);
  const lastS = Math.floor(feed.nowMs() / 1000);
  const seconds = Array.from({ length: Math.min(spanMs / 1000, lastS) }, (_, i) => lastS - i);
  return (
    <DataTable
      caption="The most probable emotion at each second, the latest first"
      rows={seconds}
      columns={[
        { title: "Time", cell: (second) => formatTime(second * 1000, 1000) },
        ...rows.map((row) => ({ title: row.title, cell: (second: number) => leadingAt(row, second * 1000) })),
      ]}
    />
  );
}

function leadingAt(row: RecentSeries, timeMs: number): string {
  const [level] = row.view().levels;
  const i = sampleAt(level!.startMs, timeMs);
  if (i < 0 || level!.endMs[i]! < timeMs || level!.state[i] === sampleState.absent) return "";
  const values = level!.values.subarray(i * row.labels.length, (i + 1) * row.labels.length);
  const top = values.indexOf(Math.max(...values));
  return `${row.labels[top]!} ${percent(values[top]!)}`;
}
