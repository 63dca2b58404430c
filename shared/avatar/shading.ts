import type { PartKind } from "./head.ts";

/** Linear RGB behind the head; it falls off from `light.top` of itself in the first row of the picture to `light.bottom` in the last. */
export type Background = readonly [number, number, number];
export const defaultBackground: Background = [0.55, 0.68, 0.75];
export const backgroundLight = { top: 1.05, bottom: 0.8 } as const;

/** Which kind of part a pixel shows; 0: none. Mouth and teeth are one: no line is drawn between them. */
export const partLabels: Readonly<Record<PartKind, number>> = {
  skin: 1,
  hair: 2,
  mouth: 3,
  teeth: 3,
  eye: 4,
  frame: 5,
};

/** How much a line darkens, the break of depth that makes one, and the label that has none within. */
export const outline = { dark: 0.8, depthCm: 1, without: partLabels.mouth } as const;

/** Toon shading of the cosine to the light: a soft step from shadow to light, and one to a highlight. */
export const toon = {
  shadow: 0.62,
  light: { edge: 0.15, soft: 0.05 },
  shine: { edge: 0.82, soft: 0.03 },
} as const;
/** How bright a part's highlight is; absent: a flat colour whatever the light. */
export const toonShine: Readonly<Partial<Record<PartKind, number>>> = { skin: 0, hair: 0.14, frame: 0.3 };

/** Pictures are sRGB by a plain power. */
export const gammaPower = 2.2;

/** An avatar whose face is away is drawn without colour (luma of BT.601), this much darker. */
export const awayBrightness = 0.6;
