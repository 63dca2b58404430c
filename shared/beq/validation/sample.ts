import { facets, type Facet } from "../items.ts";
import { indexNames, type ExpressivityIndices, type IndexName } from "../indices.ts";
import type { Person } from "../person.ts";
import { percent } from "../../text/percent.ts";

export interface Pair {
  readonly index: IndexName;
  readonly facet: Facet;
}

/** Which index is held against which facet. */
export const pairs: readonly Pair[] = [
  { index: "pos", facet: "pex" },
  { index: "neg", facet: "nex" },
  { index: "imp", facet: "str" },
];

export interface Options {
  /** A participant enters when the face could be trusted in at least this share of the frames. */
  readonly minCoverage: number;
  /** Resamples of each bootstrap, and random pairings of each baseline. */
  readonly draws: number;
  readonly seed: number;
}

/** Below this many participants no verdict is given. */
export const minForVerdict = 20;
/** Needed to find r = .3 with a power of 80 % (two-sided, level .05); below it the report warns. */
export const enoughForMediumCorrelation = 84;

/** Somebody whose face was seen enough. */
export interface SeenPerson extends Person {
  readonly indices: ExpressivityIndices;
}

/** Why a participant has no index, as a sentence; undefined for one who has. */
export function whyUnseen(person: Person, { minCoverage }: Pick<Options, "minCoverage">): string | undefined {
  if (person.withoutConsent === true) return "No consent is recorded: nothing is counted until it is given.";
  if (person.clips === 0) return "No clip with the role stimulus.";
  if (person.unclearFace === true)
    return "Two faces are in the picture for a similar time, and which is the participant's is not known. Say which beside the linked analysis, or with edin study session analysis --face N.";
  if (person.coverage === 0) return "The face could be trusted in no frame.";
  if (person.coverage < minCoverage)
    return `The face could be trusted in ${percent(person.coverage)} of the frames, less than ${percent(minCoverage)}.`;
  return person.indices === undefined ? "No two frames in a row with a trusted face." : undefined;
}

/** Why a participant has no score for a facet; undefined for one who has. */
export function whyUnscored({ score, withoutConsent }: Person, facet: Facet): string | undefined {
  // It is said once, beside what is missing of the clips.
  if (withoutConsent === true) return undefined;
  if (score === undefined) return "No form.";
  return score[facet] === undefined ? "Fewer than 75 % of the facet's items are answered." : undefined;
}

/** Whether a person has what the validation needs. */
export const isSeen = (person: Person, options: Options): person is SeenPerson =>
  whyUnseen(person, options) === undefined;

/** The values of one index and one facet of those who have both. */
export interface PairedValues {
  readonly people: readonly SeenPerson[];
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** The values of an index and a facet of those people who have both, in one order. */
export function pairedValues(
  people: readonly Person[],
  { index, facet }: Pair,
  options: Options,
): PairedValues {
  const both = people.filter(
    (person): person is SeenPerson => isSeen(person, options) && person.score?.[facet] !== undefined,
  );
  return { people: both, x: both.map((p) => p.indices[index]), y: both.map((p) => p.score![facet]!) };
}

/** Those who have all three indices and all three facets. */
export const completePeople = (people: readonly Person[], options: Options): SeenPerson[] =>
  people.filter(
    (person): person is SeenPerson =>
      isSeen(person, options) && facets.every((facet) => person.score?.[facet] !== undefined),
  );

/** Mean of the three indices, each standardised over these people; undefined when one does not vary. */
export function totalIndices(people: readonly SeenPerson[]): number[] | undefined {
  const standard = indexNames.map((name) => standardised(people.map(({ indices }) => indices[name])));
  if (standard.some((values) => values === undefined)) return undefined;
  return people.map((_, i) => standard.reduce((sum, values) => sum + values![i]!, 0) / standard.length);
}

function standardised(values: readonly number[]): number[] | undefined {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (values.length - 1);
  return variance > 0 ? values.map((v) => (v - mean) / Math.sqrt(variance)) : undefined;
}
