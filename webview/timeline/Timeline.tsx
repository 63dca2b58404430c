import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { IconButton } from "../components/Button.tsx";
import type { TimelineLayer } from "../draw/layer.ts";
import { TimelineChart, type TimelineChartProps } from "./TimelineChart.tsx";

export interface TimelineProps<L extends TimelineLayer> extends TimelineChartProps<L> {
  /** Beside the heading: what is loaded, or to do. */
  readonly status?: ComponentChildren;
  /** Buttons before those of the zoom. */
  readonly tools?: ComponentChildren;
  /** Keys that zoom in, zoom out and show all. */
  readonly keys: readonly [string, string, string];
  readonly legend?: ComponentChildren;
  /** The same in numbers, and what the button for it says. */
  readonly table: ComponentChildren;
  readonly tableLabel: string;
}

/** Layers over time, which zoom, pan and seek; or the same as a table. */
export function Timeline<L extends TimelineLayer>(props: TimelineProps<L>) {
  const { status, tools, keys, legend, table, tableLabel, ...chart } = props;
  const { clip, playback } = chart;
  const asTable = useSignal(false);
  return (
    <section class="timeline" aria-label="Timeline">
      <div class="row timeline-head">
        <h2>Timeline</h2>
        {status}
        <span class="spread" />
        {tools}
        <IconButton
          icon="zoom-in"
          label={`Zoom in (${keys[0]})`}
          onClick={() => clip.zoom(0.5, playback.timeMs.peek())}
        />
        <IconButton
          icon="zoom-out"
          label={`Zoom out (${keys[1]})`}
          onClick={() => clip.zoom(2, playback.timeMs.peek())}
        />
        <IconButton
          icon="screen-full"
          label={`Show the whole clip (${keys[2]})`}
          onClick={() => clip.showAll()}
        />
        <IconButton
          icon="table"
          label={tableLabel}
          text="Table"
          pressed={asTable.value}
          onClick={() => (asTable.value = !asTable.value)}
        />
      </div>
      {asTable.value ? (
        table
      ) : (
        <>
          {legend}
          <TimelineChart {...chart} />
        </>
      )}
    </section>
  );
}
