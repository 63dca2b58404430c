import {
  blandAltman,
  intraclassCorrelation,
  type BlandAltman,
  type IntraclassCorrelation,
} from "../../stats/agreement.ts";
import type { Estimate } from "../../stats/estimate.ts";
import { leaveOneOutMapping } from "../../stats/regression.ts";
import { highestAnswer, lowestAnswer } from "../items.ts";
import type { Person } from "../person.ts";
import { pairedValues, pairs, type Options, type Pair } from "./sample.ts";

export interface ScaleAgreement extends Pair {
  readonly n: number;
  /** The index on the questionnaire's scale, each person's by the line through all others. */
  readonly mapped: readonly {
    readonly participant: string;
    readonly mapped: number;
    readonly score: number;
  }[];
  /** Mapped index less the questionnaire. */
  readonly blandAltman: Estimate<BlandAltman>;
  readonly icc: Estimate<IntraclassCorrelation>;
}

/** Agreement on the questionnaire's scale. The indices have no such unit of their own, so each is mapped to it first. */
export function scaleAgreement(people: readonly Person[], options: Options): ScaleAgreement[] {
  return pairs.map((pair) => {
    const { people: both, x, y } = pairedValues(people, pair, options);
    const mapping = leaveOneOutMapping(x, y, lowestAnswer, highestAnswer);
    if (!mapping.defined) return { ...pair, n: both.length, mapped: [], blandAltman: mapping, icc: mapping };
    const { mapped } = mapping;
    return {
      ...pair,
      n: both.length,
      mapped: both.map(({ id }, i) => ({ participant: id, mapped: mapped[i]!, score: y[i]! })),
      blandAltman: blandAltman(mapped, y),
      icc: intraclassCorrelation(mapped, y),
    };
  });
}
