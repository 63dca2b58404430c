import type { ComponentChildren, CSSProperties } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

export interface HoverValuesProps {
  /** Where it lies in what it is of: beside the pointer. */
  readonly style: CSSProperties;
  readonly children: ComponentChildren;
}

/** From the edge of the window, CSS pixels. */
const marginPx = 4;

/** What a chart says under the pointer, in a box that never leaves the window. */
export function HoverValues({ style, children }: HoverValuesProps) {
  const box = useRef<HTMLDivElement>(null);
  // Its size is known once it is drawn.
  useLayoutEffect(() => {
    const element = box.current!;
    element.style.translate = "none";
    const { left, top, width, height } = element.getBoundingClientRect();
    const x = within(left, innerWidth - width);
    const y = within(top, innerHeight - height);
    element.style.translate = `${x - left}px ${y - top}px`;
  });
  return (
    <div ref={box} class="hover-values" style={style} data-testid="hover">
      {children}
    </div>
  );
}

const within = (at: number, last: number): number => Math.max(marginPx, Math.min(at, last - marginPx));
