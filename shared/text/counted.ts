/** A number of things, as people say it: 1 clip, 2 clips, 1 analysis, 2 analyses. */
export const counted = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;
