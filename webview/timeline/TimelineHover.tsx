import type { ReadonlySignal } from "@preact/signals";
import { emotionLook } from "../../shared/emotion/appearance.ts";
import { HoverValues } from "../components/HoverValues.tsx";
import type { TimelineLayer } from "../draw/layer.ts";
import { formatTime, spanMs, xToTime, type TimeView } from "../draw/timeView.ts";

/** Of the pointer, from the corner of the whole timeline, CSS pixels. */
export interface HoverPlace {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface TimelineHoverProps {
  readonly at: ReadonlySignal<HoverPlace | undefined>;
  readonly view: ReadonlySignal<TimeView>;
  /** The layer at a height of the timeline, CSS pixels; undefined where there is none. */
  readonly layerAt: (y: number) => TimelineLayer | undefined;
}

/** A line at the pointer, and beside it the time and what the layer under it says. */
export function TimelineHover(props: TimelineHoverProps) {
  const at = props.at.value;
  if (at === undefined) return null;
  const view = props.view.value;
  const layer = props.layerAt(at.y);
  const timeMs = xToTime(view, at.x, at.width);
  const values = layer?.valuesAt(timeMs) ?? [];
  const place = {
    ...(at.x > at.width / 2 ? { right: `${at.width - at.x + 12}px` } : { left: `${at.x + 12}px` }),
    ...(at.y > at.height / 2 ? { bottom: `${at.height - at.y + 8}px` } : { top: `${at.y + 14}px` }),
  };
  return (
    <>
      <span class="hover-line" style={{ left: `${at.x}px` }} />
      <HoverValues style={place}>
        <p class="mono">{formatTime(timeMs, spanMs(view) / 100)}</p>
        {layer !== undefined && <p class="muted">{layer.title}</p>}
        {layer !== undefined && values.length === 0 && <p class="muted">nothing at this time</p>}
        {values.length > 0 && (
          <dl>
            {values.map(({ name, value }) => (
              <div key={name}>
                <dt>
                  {emotionLook(name) !== undefined && (
                    <span class="swatch" style={{ background: emotionLook(name)!.colour }} />
                  )}{" "}
                  {name}
                </dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        )}
      </HoverValues>
    </>
  );
}
