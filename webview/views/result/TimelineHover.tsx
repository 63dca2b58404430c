import { emotionLook } from "../../../shared/emotion/appearance.ts";
import { rowAt } from "../../draw/timeline.ts";
import { formatTime, spanMs, xToTime } from "../../draw/timeView.ts";
import { rowValues } from "./rowValues.ts";
import type { TimelineState } from "./timelineState.ts";

export interface TimelineHoverProps {
  readonly timeline: TimelineState;
  /** Of the pointer, from the canvas's corner, CSS pixels. */
  readonly at: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
}

/** A line at the pointer, and beside it the time and what the row under it says. */
export function TimelineHover({ timeline, at }: TimelineHoverProps) {
  const view = timeline.view.value;
  const timeMs = xToTime(view, at.x, at.width);
  const row = rowAt(timeline.rows.value, at.y);
  const values = row === undefined ? [] : rowValues(row, timeMs);
  const place = {
    ...(at.x > at.width / 2 ? { right: `${at.width - at.x + 12}px` } : { left: `${at.x + 12}px` }),
    ...(at.y > at.height / 2 ? { bottom: `${at.height - at.y + 8}px` } : { top: `${at.y + 14}px` }),
  };
  return (
    <>
      <span class="hover-line" style={{ left: `${at.x}px` }} />
      <div class="hover-values" style={place} data-testid="hover">
        <p class="mono">{formatTime(timeMs, spanMs(view) / 100)}</p>
        {row !== undefined && <p class="muted">{row.title}</p>}
        {row !== undefined && values.length === 0 && <p class="muted">nothing at this time</p>}
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
      </div>
    </>
  );
}
