/** Side of the pictures that the network of face likeness takes, pixels. */
export const patternSide = 150;

/** Blobs of light on a ground, one picture each. */
export const patterns = [
  {
    name: "light",
    ground: 150,
    blobs: [
      [50, 60, -90],
      [100, 60, -90],
      [75, 110, -60],
    ],
  },
  {
    name: "dark",
    ground: 60,
    blobs: [
      [75, 75, 120],
      [30, 120, 40],
    ],
  },
] as const;

/** Rows of interleaved RGB, whole numbers. */
export function pattern({ ground, blobs }: (typeof patterns)[number]): number[] {
  const values: number[] = [];
  for (let y = 0; y < patternSide; y++)
    for (let x = 0; x < patternSide; x++) {
      let light = ground + 20 * Math.sin(x / 9) * Math.cos(y / 13);
      for (const [cx, cy, height] of blobs)
        light += height * Math.exp(-((x - cx) ** 2 + (y - cy) ** 2) / 450);
      for (const colour of [1.1, 0.95, 0.8])
        values.push(Math.min(255, Math.max(0, Math.round(light * colour))));
    }
  return values;
}
