import type { Palette } from "./palette.ts";
import type { TimeView } from "./timeView.ts";

/** Where a layer lies on its canvas, in CSS pixels. */
export interface LayerBox {
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** What a height of a layer stands for, in CSS pixels from its top. */
export interface LayerMark {
  readonly text: string;
  readonly y: number;
}

/** Something that a layer says at one time. */
export interface LayerValue {
  readonly name: string;
  readonly value: string;
}

/** A layer in numbers. The first cell of a row is its time, which leads there. */
export interface LayerTable {
  readonly caption: string;
  readonly columns: readonly { readonly title: string; readonly number?: boolean }[];
  readonly rows: readonly { readonly startMs: number; readonly cells: readonly string[] }[];
}

/** A row of a timeline: how it is drawn, and what lies under a point of it. A new kind of row is one file. */
export interface TimelineLayer {
  readonly id: string;
  /** CSS class of its title. */
  readonly kind: string;
  readonly title: string;
  /** In CSS pixels, as the room below it. */
  readonly height: number;
  readonly gap: number;
  /** From the top down. */
  readonly scale?: readonly LayerMark[];
  /** Emotions whose colours it uses. */
  readonly colours?: readonly string[];
  /** It is made of very many small rectangles: a picture where others are lines. */
  readonly raster?: true;
  /** Draws what the view shows, inside the box. @returns how many samples or things were drawn */
  draw(context: CanvasRenderingContext2D, view: TimeView, box: LayerBox, palette: Palette): number;
  /** What it says at a time, the strongest first; empty where it says nothing. */
  valuesAt(timeMs: number): readonly LayerValue[];
  /** The part that the view shows, in steps where it goes on without a break; undefined where another table has it. */
  table?(view: TimeView, stepMs: number): LayerTable;
}

/** Top of each layer and the height of all of them, in CSS pixels. */
export function layoutLayers(layers: readonly TimelineLayer[]): { tops: number[]; height: number } {
  let y = 0;
  const tops = layers.map(({ height, gap }) => {
    const top = y;
    y += height + gap;
    return top;
  });
  return { tops, height: y };
}

/** The layer that holds the height `y`, in CSS pixels from the top of the first one. */
export function layerAt<L extends TimelineLayer>(layers: readonly L[], y: number): L | undefined {
  const { tops } = layoutLayers(layers);
  return layers.find((layer, i) => y >= tops[i]! && y <= tops[i]! + layer.height);
}
