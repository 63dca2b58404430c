import { emotionLook } from "../../../shared/emotion/appearance.ts";
import { IconButton } from "../../components/Button.tsx";
import { Icon } from "../../components/Icon.tsx";
import type { LoadedResult } from "../../data/resultLoader.ts";
import type { TimelineLayer } from "../../draw/layer.ts";
import type { Playback } from "../../player/playback.ts";
import { LayerTables } from "../../timeline/LayerTables.tsx";
import { Timeline } from "../../timeline/Timeline.tsx";
import { RowsMenu } from "./RowsMenu.tsx";
import { toggled } from "../../data/toggled.ts";
import type { TimelineState } from "./timelineState.ts";
import { counted } from "../../../shared/text/counted.ts";

export interface ResultTimelineProps {
  readonly timeline: TimelineState;
  readonly playback: Playback;
  readonly result: LoadedResult;
}

/** Everything that an analysis says over time, a group a person. */
export function ResultTimeline({ timeline, playback, result }: ResultTimelineProps) {
  const lines = timeline.style.value === "lines";
  return (
    <Timeline
      clip={timeline}
      playback={playback}
      layers={timeline.layers}
      keys={["+", "−", "0"]}
      tableLabel="Show the timeline as a table"
      status={
        !result.done.value && (
          <span class="muted" role="status">
            Loading: {counted(result.loaded.value, "frame")}
          </span>
        )
      }
      tools={
        <>
          <RowsMenu timeline={timeline} />
          <IconButton
            icon="graph-line"
            label="Draw lines instead of bands"
            text="Lines"
            pressed={lines}
            onClick={() => (timeline.style.value = lines ? "bands" : "lines")}
          />
        </>
      }
      legend={<Legend timeline={timeline} />}
      heading={(layer) =>
        layer.kind === "lane" ? <GroupHeading timeline={timeline} layer={layer} /> : undefined
      }
      table={<Tables timeline={timeline} playback={playback} />}
    />
  );
}

function Tables({ timeline, playback }: Omit<ResultTimelineProps, "result">) {
  return (
    <>
      <LayerTables layers={timeline.layers.value} view={timeline.view.value} playback={playback} />
      <p class="muted">Events have a table of their own below. The CSV export holds every frame.</p>
    </>
  );
}

/** The name of a group, which opens and closes it. */
function GroupHeading({
  timeline,
  layer,
}: {
  readonly timeline: TimelineState;
  readonly layer: TimelineLayer;
}) {
  const open = timeline.open.value.has(layer.id);
  return (
    <button
      type="button"
      class="group-heading"
      aria-expanded={open}
      onClick={() => (timeline.open.value = toggled(timeline.open.peek(), layer.id))}
    >
      <Icon name={open ? "chevron-down" : "chevron-right"} />
      {layer.title}
      {timeline.pinned.value.has(layer.id) && <Icon name="pinned" />}
    </button>
  );
}

function Legend({ timeline }: { readonly timeline: TimelineState }) {
  const labels = new Set(timeline.layers.value.flatMap(({ colours = [] }) => colours));
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
