/** Sides of what such a detector takes are multiples of this: its coarsest grid. */
const multiple = 32;
/** Enlarging a picture further shows a detector nothing more. */
const maxEnlarged = 2;

interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * The input of a detector that takes any size: the picture scaled into `most`, at most twice as large as it is, each side
 * rounded up to a multiple of 32. So a wide picture is searched without the empty bars of a square.
 */
export function searchedSize(picture: Size, [width, height]: readonly [number, number]): Size {
  const scale = Math.min(width / picture.width, height / picture.height, maxEnlarged);
  // A hair less, so that rounding errors do not add a whole row of cells.
  const fit = (side: number): number => Math.max(1, Math.ceil((side * scale) / multiple - 1e-9)) * multiple;
  return { width: fit(picture.width), height: fit(picture.height) };
}
