import { AppError } from "../errors.ts";
import {
  beqItemCount,
  facetItems,
  facets,
  highestAnswer,
  lowestAnswer,
  reversedItems,
  type Facet,
} from "./items.ts";
import { mean } from "../stats/mean.ts";

/** Answers to the 16 items in order; undefined where an item was not answered. */
export type Answers = readonly (number | undefined)[];

export interface BeqScore extends Record<Facet, number | undefined> {
  /** Mean of the three facets, not of the 16 items; undefined unless all three are there. */
  readonly total: number | undefined;
  readonly answered: number;
  /** Every answer is the same: the form was perhaps not read. Reversed items make this unlikely for one who did. */
  readonly straightLined: boolean;
}

/** A facet is scored when at least this share of its items was answered. */
const neededShare = 0.75;

/**
 * Scores one form. A facet is the mean of its answered items after reversal; nothing is imputed.
 *
 * @throws AppError `invalid_request` for another number of answers than 16, and for an answer that is not a whole number
 * from 1 to 7; the message names the item
 */
export function scoreBeq(answers: Answers): BeqScore {
  if (answers.length !== beqItemCount) {
    throw new AppError(
      "invalid_request",
      `The BEQ has ${beqItemCount} items, not ${answers.length}. Give one answer for each.`,
    );
  }
  for (const [k, answer] of answers.entries()) {
    if (answer !== undefined && !isAnswer(answer)) {
      throw new AppError(
        "invalid_request",
        `Item ${k + 1} was answered with ${answer}. Answers are whole numbers from ${lowestAnswer} to ${highestAnswer}.`,
      );
    }
  }
  const scores = Object.fromEntries(facets.map((facet) => [facet, facetMean(answers, facet)])) as Record<
    Facet,
    number | undefined
  >;
  const known = facets.flatMap((facet) => scores[facet] ?? []);
  const given = answers.filter((answer) => answer !== undefined);
  return {
    ...scores,
    total: known.length === facets.length ? mean(known) : undefined,
    answered: given.length,
    straightLined: given.length === beqItemCount && given.every((answer) => answer === given[0]),
  };
}

/** Whether `value` is on the scale. */
const isAnswer = (value: number): boolean =>
  Number.isInteger(value) && value >= lowestAnswer && value <= highestAnswer;

/** The answer to an item (from 1), reversed where the item is. */
export const keyed = (item: number, answer: number): number =>
  reversedItems.includes(item) ? lowestAnswer + highestAnswer - answer : answer;

function facetMean(answers: Answers, facet: Facet): number | undefined {
  const items = facetItems[facet];
  const values = items.flatMap((item) => {
    const answer = answers[item - 1];
    return answer === undefined ? [] : keyed(item, answer);
  });
  return values.length >= neededShare * items.length ? mean(values) : undefined;
}
