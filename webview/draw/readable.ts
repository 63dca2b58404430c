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

/** @param colour #rrggbb; undefined for any other */
function parse(colour: string): Rgb | undefined {
  const [, r, g, b] = /^#(..)(..)(..)$/.exec(colour) ?? [];
  if (r === undefined || g === undefined || b === undefined) return undefined;
  return [parseInt(r, 16), parseInt(g, 16), parseInt(b, 16)];
}

/** Whether white stands out from this colour better than black. @param colour `#rrggbb` */
export function isDark(colour: string): boolean {
  const rgb = parse(colour);
  return rgb !== undefined && contrast([255, 255, 255], rgb) > contrast([0, 0, 0], rgb);
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
  // As a canvas tells it: with #rrggbb where it is opaque.
  const [fill, fore, back] = [colour, foreground, background].map((one) => {
    context.fillStyle = one;
    return parse(context.fillStyle);
  });
  if (!fill || !fore || !back) return foreground;
  const under = fill.map((value, i) => alpha * value + (1 - alpha) * back[i]!) as unknown as Rgb;
  return contrast(fore, under) >= contrast(back, under) ? foreground : background;
}
