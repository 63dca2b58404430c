import { seededRandom } from "../../shared/stats/random.ts";
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
  /** What a second, third and fourth voice must add to the mean likeness of the pieces to their voices (of the network's entry). */
  readonly voiceGains: readonly number[];
  /** How many people speak, where it is known; absent: as many as are heard, one to {@link mostVoices}. */
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
  /** Groups depend on where they begin: the best of so many, each improved so often. */
  starts: 16,
  rounds: 12,
});

/**
 * Tells voices apart: pieces are grouped around directions that they are most like (spherical k-means), for one voice, two and more,
 * as long as a further voice brings them much closer; then each piece is given to the voice that it is most like, with a
 * price for each change. Where two speak at once, one of them is heard.
 *
 * @param prints in order of time
 * @returns undefined where there is too little voice
 */
export function diarise(
  prints: readonly VoicePrint[],
  { voiceGains, voices }: DiariseOptions,
): Diarisation | undefined {
  const long = prints.filter(({ startMs, endMs }) => endMs - startMs >= rules.groupedMs);
  if (long.reduce((sum, print) => sum + lasts(print), 0) < leastVoiceMs) return undefined;
  return numbered(prints, bestPath(prints, centresOf(long, voices, voiceGains)));
}

type Centre = Float64Array;

/** Directions of the voices, and how alike the pieces are to theirs in the mean. */
interface Grouping {
  readonly centres: readonly Centre[];
  readonly likeness: number;
  /** Voice of the least group, milliseconds. */
  readonly leastMs: number;
}

function centresOf(
  prints: readonly VoicePrint[],
  voices: number | undefined,
  voiceGains: readonly number[],
): readonly Centre[] {
  const random = seededRandom(1);
  if (voices !== undefined) return grouped(prints, Math.min(voices, prints.length), random).centres;
  let best = grouped(prints, 1, random);
  for (const gain of voiceGains.slice(0, mostVoices - 1)) {
    if (best.centres.length >= prints.length) break;
    const more = grouped(prints, best.centres.length + 1, random);
    if (more.likeness - best.likeness < gain || more.leastMs < rules.leastGroupMs) break;
    best = more;
  }
  return best.centres;
}

/** The best grouping of several beginnings, each with pieces far from one another (k-means++). */
function grouped(prints: readonly VoicePrint[], count: number, random: () => number): Grouping {
  let best: Grouping | undefined;
  for (let start = 0; start < (count === 1 ? 1 : rules.starts); start++) {
    const found = improved(prints, beginning(prints, count, random));
    if (best === undefined || found.likeness > best.likeness) best = found;
  }
  return best!;
}

function beginning(prints: readonly VoicePrint[], count: number, random: () => number): Centre[] {
  const centres: Centre[] = [];
  const distance = prints.map(() => 1);
  while (centres.length < count) {
    let left = random() * distance.reduce((a, b) => a + b, 0);
    let at = distance.findIndex((one) => (left -= one) < 0);
    if (at < 0) at = prints.length - 1;
    const centre = Float64Array.from(prints[at]!.embedding);
    centres.push(centre);
    prints.forEach(({ embedding }, i) => {
      distance[i] = Math.min(distance[i]!, Math.max(0, 1 - product(embedding, centre)));
    });
  }
  return centres;
}

/** Centres moved to the middle of what is most like them, until nothing changes. */
function improved(prints: readonly VoicePrint[], first: readonly Centre[]): Grouping {
  let centres = first;
  let before = NaN;
  for (let round = 0; ; round++) {
    const sums = centres.map((centre) => new Float64Array(centre.length));
    const voiceMs = centres.map(() => 0);
    let likeness = 0;
    for (const print of prints) {
      const { embedding } = print;
      let [own, most] = [0, -Infinity];
      for (let k = 0; k < centres.length; k++) {
        const alike = product(embedding, centres[k]!);
        if (alike > most) [own, most] = [k, alike];
      }
      const ms = lasts(print);
      likeness += ms * most;
      voiceMs[own]! += ms;
      const sum = sums[own]!;
      for (let d = 0; d < sum.length; d++) sum[d]! += ms * embedding[d]!;
    }
    if (round === rules.rounds || likeness === before) {
      const wholeMs = voiceMs.reduce((a, b) => a + b, 0);
      return { centres, likeness: likeness / wholeMs, leastMs: Math.min(...voiceMs) };
    }
    before = likeness;
    centres = sums.map((sum, k) => (voiceMs[k]! > 0 ? unit(sum) : centres[k]!));
  }
}

function product(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function unit(sum: Float64Array): Centre {
  const length = Math.sqrt(product(sum, sum)) || 1;
  return sum.map((value) => value / length);
}

/** The group of each piece, so that likeness less the price of changes is the greatest (Viterbi). */
function bestPath(prints: readonly VoicePrint[], centres: readonly Centre[]): number[] {
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
