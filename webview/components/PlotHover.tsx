import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { HoverValues } from "./HoverValues.tsx";

export interface PlotHoverProps {
  /**
   * What the plot says at a share of its width, and of its height from the top.
   * @returns lines of text, and where the point lies that they are of; undefined where there is none
   */
  readonly at: (
    share: number,
    down: number,
  ) => { readonly share: number; readonly lines: readonly string[] } | undefined;
  readonly children: ComponentChildren;
}

/** A plot with a line at the pointer, and beside that what the plot says there. */
export function PlotHover({ at, children }: PlotHoverProps) {
  const pointer = useSignal<readonly [share: number, down: number] | undefined>(undefined);
  const found = pointer.value && at(...pointer.value);
  const left = `${100 * (found?.share ?? 0)}%`;
  return (
    <div
      class="plot-hover"
      onPointerMove={({ clientX, clientY, currentTarget }) => {
        const box = currentTarget.getBoundingClientRect();
        pointer.value = [(clientX - box.left) / box.width, (clientY - box.top) / box.height];
      }}
      onPointerLeave={() => (pointer.value = undefined)}
    >
      {children}
      {found !== undefined && (
        <>
          <span class="hover-line" style={{ left }} />
          <HoverValues
            style={{
              top: "4px",
              ...(found.share > 0.5
                ? { right: `calc(100% - ${left} + 8px)` }
                : { left: `calc(${left} + 8px)` }),
            }}
          >
            {found.lines.map((line) => (
              <p key={line} class="mono">
                {line}
              </p>
            ))}
          </HoverValues>
        </>
      )}
    </div>
  );
}
