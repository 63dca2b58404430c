/** How a stored picture becomes the upright one: mirrored left to right first, then turned clockwise. */
export interface Orientation {
  readonly rotationDeg: 0 | 90 | 180 | 270;
  readonly mirrored: boolean;
}

/** What ffprobe says of a stream's display matrix: its rows as text, and an angle that knows no flips. */
export interface DisplaySideData {
  readonly displaymatrix?: string | undefined;
  /** Counter-clockwise degrees. */
  readonly rotation?: number | undefined;
}

/**
 * Reads the whole display matrix (ISO/IEC 14496-12, 6.2.2): x' = a x + c y, y' = b x + d y with rows (a b u), (c d v).
 * What is between the eight orientations of a picture goes to the nearest one; a matrix of zeros says nothing.
 */
export function readOrientation({ displaymatrix, rotation }: DisplaySideData): Orientation {
  const rows = [...(displaymatrix ?? "").matchAll(/:\s*(-?\d+)\s+(-?\d+)\s+(-?\d+)/g)];
  const [a, b] = [Number(rows[0]?.[1] ?? 0), Number(rows[0]?.[2] ?? 0)];
  const [c, d] = [Number(rows[1]?.[1] ?? 0), Number(rows[1]?.[2] ?? 0)];
  if (a === 0 && b === 0 && c === 0 && d === 0)
    return { rotationDeg: quarterTurns(-(rotation ?? 0)), mirrored: false };
  const mirrored = a * d - b * c < 0;
  // Where the picture's own right-hand side points to; a mirrored one's was its left before.
  const [x, y] = mirrored ? [-a + d, -b - c] : [a + d, b - c];
  return { rotationDeg: quarterTurns((Math.atan2(y, x) * 180) / Math.PI), mirrored };
}

/** Clockwise degrees to the nearest of the quarter turns. */
function quarterTurns(deg: number): 0 | 90 | 180 | 270 {
  const turns = Math.round(deg / 90);
  return ([0, 90, 180, 270] as const)[((turns % 4) + 4) % 4]!;
}

const turns = { 0: [], 90: ["transpose=clock"], 180: ["hflip", "vflip"], 270: ["transpose=cclock"] } as const;

/** ffmpeg's filters that make the picture upright. */
export function uprightFilters({
  rotationDeg,
  mirrored = false,
}: {
  readonly rotationDeg: Orientation["rotationDeg"];
  readonly mirrored?: boolean | undefined;
}): string[] {
  return [...(mirrored ? ["hflip"] : []), ...turns[rotationDeg]];
}
