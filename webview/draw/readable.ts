type Rgb = readonly [number, number, number];

/** Relative luminance (WCAG 2.2), 0 to 1. */
function luminance(colour: Rgb): number {
  const [r, g, b] = colour.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** How well two colours are told apart (WCAG 2.2), 1 to 21. */
export function contrast(a: Rgb, b: Rgb): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/** A colour as a canvas tells it: #rrggbb; undefined for one that is not opaque. */
function parse(context: CanvasRenderingContext2D, colour: string): Rgb | undefined {
  context.fillStyle = colour;
  const [, r, g, b] = /^#(..)(..)(..)$/.exec(context.fillStyle) ?? [];
  if (r === undefined || g === undefined || b === undefined) return undefined;
  return [parseInt(r, 16), parseInt(g, 16), parseInt(b, 16)];
}

/**
 * Of the theme's foreground and background the one that is read best where `colour` lies at `alpha` over the background.
 * Changes the context's fill.
 */
export function readableOn(
  context: CanvasRenderingContext2D,
  colour: string,
  alpha: number,
  { foreground, background }: { readonly foreground: string; readonly background: string },
): string {
  const [fill, fore, back] = [colour, foreground, background].map((one) => parse(context, one));
  if (!fill || !fore || !back) return foreground;
  const under = fill.map((value, i) => alpha * value + (1 - alpha) * back[i]!) as unknown as Rgb;
  return contrast(fore, under) >= contrast(back, under) ? foreground : background;
}
