import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";

export interface PlotHoverProps {
  /**
   * What the plot says at a share of its width.
   * @returns lines of text, and where the point lies that they are of; undefined where there is none
   */
  readonly at: (share: number) => { readonly share: number; readonly lines: readonly string[] } | undefined;
  readonly children: ComponentChildren;
}

/** A plot with a line at the pointer, and beside that what the plot says there. */
export function PlotHover({ at, children }: PlotHoverProps) {
  const pointer = useSignal<number | undefined>(undefined);
  const found = pointer.value === undefined ? undefined : at(pointer.value);
  const left = `${100 * (found?.share ?? 0)}%`;
  return (
    <div
      class="plot-hover"
      onPointerMove={({ clientX, currentTarget }) => {
        const { left: from, width } = currentTarget.getBoundingClientRect();
        pointer.value = (clientX - from) / width;
      }}
      onPointerLeave={() => (pointer.value = undefined)}
    >
      {children}
      {found !== undefined && (
        <>
          <span class="hover-line" style={{ left }} />
          <div
            class="hover-values"
            style={{
              top: "4px",
              ...(found.share > 0.5
                ? { right: `calc(100% - ${left} + 8px)` }
                : { left: `calc(${left} + 8px)` }),
            }}
            data-testid="hover"
          >
            {found.lines.map((line) => (
              <p key={line} class="mono">
                {line}
              </p>
            ))}
          </div>
        </>
      )}
    </div>
  );
}
