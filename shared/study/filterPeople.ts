import { AppError } from "../errors.ts";
import type { StudyTable } from "../protocol/studyTable.ts";

type Participant = StudyTable["participants"][number];

const comparisons: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  "=": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
};

/**
 * The people that a filter names: words of their pseudonyms, and conditions on covariates such as `age>=30 sex=1`, all of which
 * hold. Whoever lacks a covariate that is asked for is not among them.
 * @throws AppError `invalid_request` for a covariate that nobody has
 */
export function filterPeople(people: readonly Participant[], filter: string): readonly Participant[] {
  const names = new Set(people.flatMap(({ covariates }) => Object.keys(covariates)));
  const tests = filter
    .split(/\s+/)
    .filter(Boolean)
    .map((word): ((person: Participant) => boolean) => {
      const [, name, sign, number] = /^(.+?)(<=|>=|!=|<|>|=)(-?\d+(?:[.,]\d+)?)$/.exec(word) ?? [];
      if (name === undefined || sign === undefined || number === undefined)
        return ({ id }) => id.toLowerCase().includes(word.toLowerCase());
      if (!names.has(name))
        throw new AppError(
          "invalid_request",
          `Nobody has the covariate ${name}. There are: ${[...names].sort().join(", ") || "none"}.`,
        );
      const wanted = Number(number.replace(",", "."));
      return ({ covariates }) => {
        const value = covariates[name];
        return value !== undefined && comparisons[sign]!(value, wanted);
      };
    });
  return people.filter((person) => tests.every((test) => test(person)));
}
