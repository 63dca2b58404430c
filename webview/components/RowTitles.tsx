import type { ComponentChildren } from "preact";
import { layoutRows, rowHeight, rowScale, type TimelineRow } from "../draw/timeline.ts";

export interface RowTitlesProps {
  readonly rows: readonly TimelineRow[];
  /** What stands for the title of a row; the title itself where this gives nothing. */
  readonly heading?: (row: TimelineRow) => ComponentChildren;
}

/** The names of a timeline's rows beside it, each with its scale. */
export function RowTitles({ rows, heading }: RowTitlesProps) {
  const { tops, height } = layoutRows(rows);
  return (
    <div class="timeline-titles" style={{ height: `${height}px` }}>
      {rows.map((row, i) => {
        const scale = rowScale(row);
        return (
          <span
            key={row.id}
            class={row.kind}
            style={{ top: `${tops[i]!}px`, height: `${rowHeight(row)}px` }}
            title={row.title}
          >
            {heading?.(row) ?? <b>{row.title}</b>}
            {scale !== undefined &&
              ([scale.top, scale.bottom] as const).map(({ text, y }, end) => (
                <i key={text} class={end === 0 ? "scale-top" : "scale-bottom"} style={{ top: `${y}px` }}>
                  {text}
                </i>
              ))}
          </span>
        );
      })}
    </div>
  );
}
