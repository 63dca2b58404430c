/** An upright rectangle in source pixels. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Intersection over union, 0..1. */
export function overlap(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  const shared = width * height;
  return shared / (a.width * a.height + b.width * b.height - shared);
}

/** Greedy removal of overlaps over `limit`: what is kept, best score first; equal scores keep their order. */
export function removeOverlaps<T extends { readonly box: Box; readonly score: number }>(
  found: readonly T[],
  limit: number,
): T[] {
  const kept: T[] = [];
  for (const next of [...found].sort((a, b) => b.score - a.score))
    if (kept.every((k) => overlap(k.box, next.box) <= limit)) kept.push(next);
  return kept;
}
