import { PlotHover, type PlotHoverProps } from "./PlotHover.tsx";

export interface ScaledPlotProps extends PlotHoverProps {
  /** What the top and the bottom stand for; absent where rows have names. */
  readonly up?: readonly [top: string, bottom: string];
  /** What even steps across stand for, the left and the right edge among them. */
  readonly across: readonly string[];
}

/** A plot that fills its width, with what its edges stand for beside and below it, and what it says under the pointer. */
export function ScaledPlot({ up, across, ...plot }: ScaledPlotProps) {
  return (
    <div class="scaled-plot">
      {up !== undefined && (
        <div class="scale-up muted mono" aria-hidden="true">
          {up.map((text) => (
            <span key={text}>{text}</span>
          ))}
        </div>
      )}
      <PlotHover {...plot} />
      <div class="scale muted mono">
        {across.map((text) => (
          <span key={text}>{text}</span>
        ))}
      </div>
    </div>
  );
}
