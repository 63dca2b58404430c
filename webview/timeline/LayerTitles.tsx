import type { ComponentChildren } from "preact";
import { layoutLayers, type TimelineLayer } from "../draw/layer.ts";
import { axisHeight } from "../draw/timeline.ts";

export interface LayerTitlesProps<L extends TimelineLayer> {
  readonly layers: readonly L[];
  /** Those that stay in sight above the others. */
  readonly pinned?: readonly TimelineLayer[];
  /** How far the layers are scrolled, CSS pixels. */
  readonly scrolled?: number;
  /** What stands for the title of a layer; the title itself where this gives nothing. */
  readonly heading?: ((layer: L) => ComponentChildren) | undefined;
}

/** The names of a timeline's layers beside it, each with its scale. */
export function LayerTitles<L extends TimelineLayer>({
  layers,
  pinned = [],
  scrolled = 0,
  heading,
}: LayerTitlesProps<L>) {
  const top = axisHeight + layoutLayers(pinned).height;
  return (
    <div class="timeline-titles">
      {titles(pinned, axisHeight)}
      <div class="scrolled-titles" style={{ top: `${top}px` }}>
        {titles(layers, -scrolled, heading)}
      </div>
    </div>
  );
}

/** Of the text of a mark, CSS pixels: it stays inside its layer. */
const markHeight = 10;

function titles<L extends TimelineLayer>(
  layers: readonly L[],
  from: number,
  heading?: (layer: L) => ComponentChildren,
): ComponentChildren {
  const { tops } = layoutLayers(layers);
  return layers.map((layer, i) => (
    <span
      key={layer.id}
      class={`layer-title ${layer.kind}`}
      style={{ top: `${from + tops[i]!}px`, height: `${layer.height}px` }}
      title={layer.title}
    >
      {heading?.(layer) ?? <b>{layer.title}</b>}
      {layer.scale?.map(({ text, y }) => (
        <i
          key={text}
          style={{ top: `${Math.min(Math.max(y, markHeight / 2), layer.height - markHeight / 2)}px` }}
        >
          {text}
        </i>
      ))}
    </span>
  ));
}
