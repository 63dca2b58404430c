import type { VoicePrint } from "./voicePrints.ts";

/** Who speaks when: voices are numbered from 1 in the order in which they are first heard. */
export interface Diarisation {
  readonly voices: number;
  /** In order; a voice's pieces that follow one another are one turn. */
  readonly turns: readonly VoiceTurn[];
}

export interface VoiceTurn {
  readonly voice: number;
  readonly startMs: number;
  readonly endMs: number;
}

export interface DiariseOptions {
  /** Mean cosine from which two groups of pieces are one voice. */
  readonly sameVoice: number;
  /** How many people speak, where it is known; absent: as many as are heard, one to `mostVoices`. */
  readonly voices?: number | undefined;
}

/** More are not told apart where their number is not known: it was measured on conversations of up to four. */
export const mostVoices = 4;
/** With less voice than this nobody is told apart. */
export const leastVoiceMs = 3000;

const rules = Object.freeze({
  /** Embeddings of shorter pieces are too uncertain to begin a voice with. */
  groupedMs: 1000,
  /** A group with less voice is a slip of the tongue of somebody, not a person. */
  leastGroupMs: 2000,
  /** What a change of voice costs, as cosine: between two pieces of one stretch, and over a pause. */
  changeCost: 0.12,
  pauseCost: 0.04,
  rounds: 3,
  /** Pieces that are grouped at once; groups of these are grouped in turn. */
  block: 500,
});

/**
 * Tells voices apart: pieces are grouped from the bottom up by the mean likeness of their embeddings, then each piece is given to the
 * group that it is most like, with a price for each change. Where two speak at once, one of them is heard.
 *
 * @param prints in order of time
 * @returns undefined where there is too little voice
 */
export function diarise(
  prints: readonly VoicePrint[],
  { sameVoice, voices }: DiariseOptions,
): Diarisation | undefined {
  const long = prints.filter(({ startMs, endMs }) => endMs - startMs >= rules.groupedMs);
  if (long.reduce((sum, print) => sum + lasts(print), 0) < leastVoiceMs) return undefined;
  const groups = groupsOf(long, sameVoice, voices);
  let centres = groups.map(({ sum }) => unit(sum));
  for (let round = 0; round < rules.rounds; round++)
    centres = centresOf(long, bestPath(long, centres), centres);
  return numbered(prints, bestPath(prints, centres));
}

/** Pieces that are taken for one voice. */
interface Group {
  /** Sum of the embeddings; the mean likeness of two groups is the product of their sums over both sizes. */
  readonly sum: Float64Array;
  readonly size: number;
  readonly voiceMs: number;
}

function groupsOf(prints: readonly VoicePrint[], sameVoice: number, voices: number | undefined): Group[] {
  let groups = prints.map((print): Group => ({
    sum: Float64Array.from(print.embedding),
    size: 1,
    voiceMs: lasts(print),
  }));
  // Of a long clip a part at a time, but not so far that voices of different parts could no longer be told apart.
  while (groups.length > rules.block) {
    const parts = Math.ceil(groups.length / rules.block);
    const each = Math.ceil(groups.length / parts);
    const merged = Array.from({ length: parts }, (_, i) =>
      merge(
        groups.slice(i * each, (i + 1) * each),
        (left) => left.length > Math.ceil(rules.block / (2 * parts)),
      ),
    );
    groups = merged.flat();
  }
  const big = (all: readonly Group[]): Group[] => {
    const found = all.filter(({ voiceMs }) => voiceMs >= rules.leastGroupMs);
    return found.length > 0 ? found : all.toSorted((a, b) => b.voiceMs - a.voiceMs).slice(0, 1);
  };
  if (voices === undefined)
    return big(merge(groups, (left, likeness) => likeness >= sameVoice || big(left).length > mostVoices));
  // The last of all steps at which there are as many people as are said to be.
  let best: readonly Group[] = groups;
  merge(groups, (left) => {
    if (big(left).length >= voices) best = [...left];
    return left.length > 1;
  });
  return big(best)
    .toSorted((a, b) => b.voiceMs - a.voiceMs)
    .slice(0, voices);
}

/** Joins the two most alike groups, as long as `goOn` says so of those there are and the likeness of these two. */
function merge(
  groups: readonly Group[],
  goOn: (left: readonly Group[], likeness: number) => boolean,
): Group[] {
  const left = [...groups];
  const likeness = left.map((a, i) => left.map((b, k) => (k < i ? alike(a, b) : -Infinity)));
  while (left.length > 0) {
    let [best, at, other] = [-Infinity, -1, -1];
    for (let i = 1; i < left.length; i++)
      for (let k = 0; k < i; k++) if (likeness[i]![k]! > best) [best, at, other] = [likeness[i]![k]!, i, k];
    if (!goOn(left, best) || at < 0) break;
    const joined = joinedOf(left[at]!, left[other]!);
    left[other] = joined;
    left.splice(at, 1);
    likeness.splice(at, 1);
    for (const row of likeness) row.splice(at, 1);
    for (let i = 0; i < left.length; i++) {
      if (i > other) likeness[i]![other] = alike(left[i]!, joined);
      else if (i < other) likeness[other]![i] = alike(left[i]!, joined);
    }
  }
  return left;
}

const joinedOf = (a: Group, b: Group): Group => ({
  sum: a.sum.map((value, i) => value + b.sum[i]!),
  size: a.size + b.size,
  voiceMs: a.voiceMs + b.voiceMs,
});

const alike = (a: Group, b: Group): number => product(a.sum, b.sum) / (a.size * b.size);

function product(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function unit(sum: Float64Array): Float64Array {
  const length = Math.sqrt(product(sum, sum)) || 1;
  return sum.map((value) => value / length);
}

/** The group of each piece, so that likeness less the price of changes is the greatest (Viterbi). */
function bestPath(prints: readonly VoicePrint[], centres: readonly Float64Array[]): number[] {
  let scores = centres.map(() => 0);
  const from: number[][] = [];
  prints.forEach((print, i) => {
    const goesOn = i > 0 && prints[i - 1]!.untilMs >= print.fromMs;
    const cost = i === 0 ? 0 : goesOn ? rules.changeCost : rules.pauseCost;
    const top = indexOfGreatest(scores);
    from.push(scores.map((score, k) => (score >= scores[top]! - cost ? k : top)));
    scores = centres.map(
      (centre, k) => Math.max(scores[k]!, scores[top]! - cost) + product(print.embedding, centre),
    );
  });
  const path = new Array<number>(prints.length);
  let at = indexOfGreatest(scores);
  for (let i = prints.length - 1; i >= 0; i--) {
    path[i] = at;
    at = from[i]![at]!;
  }
  return path;
}

const indexOfGreatest = (values: readonly number[]): number => values.indexOf(Math.max(...values));

/** The mean direction of each group's pieces; one that has none left stays as it was. */
function centresOf(
  prints: readonly VoicePrint[],
  owners: readonly number[],
  before: readonly Float64Array[],
): Float64Array[] {
  return before.map((centre, k) => {
    const own = prints.filter((_, i) => owners[i] === k);
    const sum = new Float64Array(centre.length);
    for (const { embedding } of own) embedding.forEach((value, d) => (sum[d]! += value));
    return own.length > 0 ? unit(sum) : centre;
  });
}

function numbered(prints: readonly VoicePrint[], owners: readonly number[]): Diarisation {
  const numbers = new Map<number, number>();
  const turns: VoiceTurn[] = [];
  prints.forEach(({ fromMs, untilMs }, i) => {
    const owner = owners[i]!;
    if (!numbers.has(owner)) numbers.set(owner, numbers.size + 1);
    const voice = numbers.get(owner)!;
    const last = turns.at(-1);
    if (last?.voice === voice && last.endMs >= fromMs) turns[turns.length - 1] = { ...last, endMs: untilMs };
    else turns.push({ voice, startMs: fromMs, endMs: untilMs });
  });
  return { voices: numbers.size, turns };
}

const lasts = ({ fromMs, untilMs }: VoicePrint): number => untilMs - fromMs;
