/** To `digits` decimals; never -0, which JSON writes as 0. */
export function round(value: number, digits: number): number {
  const factor = 10 ** digits;
  return Math.round(value * factor) / factor + 0;
}
