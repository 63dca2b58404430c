/** What tells copies of a picture: a 64-bit difference hash and a small grey picture of mean 0 and length 1. */
export interface Signature {
  readonly hash: readonly [number, number];
  readonly grey: Float32Array;
}

/** Copies differ in at most so many bits of 64; re-encoded and re-scaled ones in far fewer. */
const maxBits = 8;
/** Aligned faces of different people correlate up to .95 or so; copies above this. */
const minCorrelation = 0.985;
const side = 16;

/** @param planes [3, height, width], RGB 0..255, as the networks get pictures */
export function signatureOf(planes: Float32Array, width: number, height: number): Signature {
  const luma = (x: number, y: number): number => {
    const at = y * width + x;
    const area = width * height;
    return 0.299 * planes[at]! + 0.587 * planes[area + at]! + 0.114 * planes[2 * area + at]!;
  };
  const small = shrink(luma, width, height, 9, 8);
  const hash: [number, number] = [0, 0];
  for (let row = 0; row < 8; row++)
    for (let column = 0; column < 8; column++)
      if (small[9 * row + column]! > small[9 * row + column + 1]!)
        hash[row >> 2]! |= 1 << (8 * (row & 3) + column);
  const grey = shrink(luma, width, height, side, side);
  const mean = grey.reduce((a, b) => a + b, 0) / grey.length;
  const length = Math.sqrt(grey.reduce((sum, value) => sum + (value - mean) ** 2, 0)) || 1;
  return { hash, grey: grey.map((value) => (value - mean) / length) };
}

/** Means over boxes. */
function shrink(
  luma: (x: number, y: number) => number,
  width: number,
  height: number,
  columns: number,
  rows: number,
): Float32Array {
  const out = new Float32Array(columns * rows);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const [x0, x1] = [Math.floor((column * width) / columns), Math.ceil(((column + 1) * width) / columns)];
      const [y0, y1] = [Math.floor((row * height) / rows), Math.ceil(((row + 1) * height) / rows)];
      let sum = 0;
      for (let y = y0; y < y1; y++) for (let x = x0; x < x1; x++) sum += luma(x, y);
      out[row * columns + column] = sum / ((x1 - x0) * (y1 - y0));
    }
  return out;
}

/** Pairs of near-duplicates, by index, the first before the second. */
export function nearDuplicates(signatures: readonly Signature[]): [number, number][] {
  const pairs: [number, number][] = [];
  const high = Int32Array.from(signatures, ({ hash }) => hash[0]);
  const low = Int32Array.from(signatures, ({ hash }) => hash[1]);
  for (let i = 0; i < signatures.length; i++)
    for (let j = i + 1; j < signatures.length; j++)
      if (
        bits(high[i]! ^ high[j]!) + bits(low[i]! ^ low[j]!) <= maxBits &&
        correlation(signatures[i]!, signatures[j]!) >= minCorrelation
      )
        pairs.push([i, j]);
  return pairs;
}

function bits(word: number): number {
  let v = word - ((word >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

function correlation(a: Signature, b: Signature): number {
  return a.grey.reduce((sum, value, i) => sum + value * b.grey[i]!, 0);
}

/** A name for each sample, the same for those that pairs join. */
export function joinedGroups(count: number, pairs: readonly (readonly [number, number])[]): string[] {
  const parent = Int32Array.from({ length: count }, (_, i) => i);
  const root = (i: number): number => {
    let at = i;
    while (parent[at] !== at) at = parent[at] = parent[parent[at]!]!;
    return at;
  };
  for (const [a, b] of pairs) parent[root(b)] = root(a);
  return Array.from({ length: count }, (_, i) => String(root(i)));
}
