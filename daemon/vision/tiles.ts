import type { Box } from "./boxes.ts";

/** A part of a picture that is searched by itself. */
export interface Tile extends Box {
  /** Whether a box lies in it as a whole: one that an inner edge cuts lies whole in the next tile. */
  holds(box: Box): boolean;
}

/** Side of a tile, and how far tiles overlap: faces up to that size lie whole in one of them. Source pixels. */
const tileSide = 1088;
const shared = 192;
/** A box this near to an inner edge may be cut. */
const marginPx = 4;

/** Overlapping tiles that cover a large picture; none for a picture that is hardly larger than a tile. */
export function tilesOf({ width, height }: { readonly width: number; readonly height: number }): Tile[] {
  const [columns, rows] = [startsOf(width), startsOf(height)];
  if (columns.length * rows.length === 1) return [];
  const [wide, high] = [Math.min(width, tileSide), Math.min(height, tileSide)];
  return rows.flatMap((y) =>
    columns.map((x) => ({
      ...{ x, y, width: wide, height: high },
      holds: (box: Box) =>
        (x === 0 || box.x > x + marginPx) &&
        (y === 0 || box.y > y + marginPx) &&
        (x + wide >= width || box.x + box.width < x + wide - marginPx) &&
        (y + high >= height || box.y + box.height < y + high - marginPx),
    })),
  );
}

/** Where the tiles of a side begin, evenly spread. */
function startsOf(side: number): number[] {
  const count = Math.max(1, Math.ceil((side - shared) / (tileSide - shared)));
  const last = Math.max(0, side - tileSide);
  return Array.from({ length: count }, (_, i) => (count === 1 ? 0 : Math.round((i * last) / (count - 1))));
}
