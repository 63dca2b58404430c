/** A face that is away for longer is said to be lost: detectors miss one for a frame or two. */
const saysLostAfterMs = 300;

/** Of a face that has been away for this long, 0 while it is there: is it said to be lost? */
export const isLost = (awayMs = 0): boolean => awayMs >= saysLostAfterMs;

/** "FACE LOST" in dots, so that every picture says it alike, whatever fonts there are. */
const dots = [
  "#####  ###   #### #####    #      ###   #### #####",
  "#     #   # #     #        #     #   # #       #  ",
  "#     #   # #     #        #     #   # #       #  ",
  "####  ##### #     ####     #     #   #  ###    #  ",
  "#     #   # #     #        #     #   #     #   #  ",
  "#     #   # #     #        #     #   #     #   #  ",
  "#     #   #  #### #####    #####  ###  ####    #  ",
];
const [columns, rows] = [dots[0]!.length, dots.length];
/** Grey levels of the strip and of what is written on it. */
const [strip, ink] = [24, 235];

/**
 * Says on the picture of an avatar that its face is lost: white letters on a dark strip at the lower edge.
 * @param size width and height of the picture, pixels; less than {@link columns} is too small to say anything
 * @param paint fills a rectangle of pixels with a grey level
 */
export function markLost(
  size: number,
  paint: (x: number, y: number, width: number, height: number, grey: number) => void,
): void {
  const dot = Math.floor((0.92 * size) / columns);
  if (dot < 1) return;
  const height = dot * (rows + 4);
  const top = size - height;
  paint(0, top, size, height, strip);
  const left = Math.floor((size - dot * columns) / 2);
  for (const [y, row] of dots.entries())
    for (let x = 0; x < columns; x++)
      if (row[x] === "#") paint(left + dot * x, top + dot * (y + 2), dot, dot, ink);
}
