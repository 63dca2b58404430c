import type { Cutoffs } from "../../protocol/studyFile.ts";
import type { Estimate } from "../../stats/estimate.ts";
import { quantile } from "../../stats/intervals.ts";
import { facets, type Facet } from "../items.ts";
import type { Person } from "../person.ts";
import { beqReliability, type ScaleReliability } from "../reliability.ts";
import { categoryAgreement, type CategoryAgreement } from "./categories.ts";
import { momentaryAgreement, type MomentaryAgreement } from "./momentary.ts";
import { multitrait, type Multitrait } from "./multitrait.ts";
import { relations, totalRelation, type Relation, type TotalRelation } from "./relations.ts";
import {
  completePeople,
  enoughForMediumCorrelation,
  minForVerdict,
  isSeen,
  whyUnscored,
  whyUnseen,
  type Options,
} from "./sample.ts";
import { scaleAgreement, type ScaleAgreement } from "./scaleAgreement.ts";
import { mean } from "../../stats/mean.ts";

/** Everything that the report says about the model and the questionnaire. The unit is the participant. */
export interface Validation {
  readonly people: readonly Person[];
  readonly counts: {
    /** Those with recorded consent, or all where the study asks for none. */
    readonly participants: number;
    readonly withoutConsent: number;
    readonly withForm: number;
    readonly withIndices: number;
    /** All three indices and all three facets. */
    readonly complete: number;
    readonly straightLined: number;
    readonly severalForms: number;
    readonly withoutRestingClip: number;
  };
  readonly missing: readonly { readonly participant: string; readonly reason: string }[];
  /** Share of frames with a trusted face, over those who have a clip; undefined without any. */
  readonly coverage: { readonly median: number; readonly lowest: number; readonly mean: number } | undefined;
  /** The smallest number of participants behind one of the three relations. */
  readonly n: number;
  readonly size: "too-few-for-a-verdict" | "few" | "enough";
  readonly reliability: Record<Facet | "total", ScaleReliability>;
  readonly relations: readonly Relation[];
  readonly total: TotalRelation;
  readonly multitrait: Estimate<Multitrait>;
  readonly agreement: readonly ScaleAgreement[];
  /** undefined without cut-offs that were fixed before. */
  readonly categories: readonly CategoryAgreement[] | undefined;
  readonly momentary: Estimate<MomentaryAgreement>;
}

/**
 * Holds the model's indices against the questionnaire.
 *
 * @param covariates names; each is held constant by itself
 */
export function validate(
  people: readonly Person[],
  covariates: readonly string[],
  cutoffs: Cutoffs | undefined,
  options: Options,
): Validation {
  const related = relations(people, covariates, options);
  const n = Math.min(...related.map((relation) => relation.n));
  const shares = people.flatMap(({ clips, coverage }) => (clips > 0 ? coverage : []));
  const count = (holds: (person: Person) => boolean) => people.filter(holds).length;
  return {
    people,
    counts: {
      participants: count(({ withoutConsent }) => withoutConsent !== true),
      withoutConsent: count(({ withoutConsent }) => withoutConsent === true),
      withForm: count(({ score }) => score !== undefined),
      withIndices: count((person) => isSeen(person, options)),
      complete: completePeople(people, options).length,
      straightLined: count(({ score }) => score?.straightLined === true),
      severalForms: count(({ responses }) => responses > 1),
      withoutRestingClip: count((person) => isSeen(person, options) && person.baseline !== "resting-clip"),
    },
    missing: missing(people, options),
    coverage:
      shares.length === 0
        ? undefined
        : {
            median: quantile(shares, 0.5),
            lowest: Math.min(...shares),
            mean: mean(shares),
          },
    n,
    size: n < minForVerdict ? "too-few-for-a-verdict" : n < enoughForMediumCorrelation ? "few" : "enough",
    reliability: beqReliability(people.flatMap(({ answers }) => (answers ? [answers] : []))),
    relations: related,
    total: totalRelation(people, options),
    multitrait: multitrait(people, options),
    agreement: scaleAgreement(people, options),
    categories: cutoffs && categoryAgreement(people, cutoffs, options),
    momentary: momentaryAgreement(people, options),
  };
}

/** Who lacks something, with the reason; one line for all facets that lack for the same reason. */
function missing(people: readonly Person[], options: Options): Validation["missing"] {
  return people.flatMap((person) => {
    const unseen = whyUnseen(person, options);
    const byReason = new Map<string, Facet[]>();
    for (const facet of facets) {
      const reason = whyUnscored(person, facet);
      if (reason !== undefined) byReason.set(reason, [...(byReason.get(reason) ?? []), facet]);
    }
    const unscored = Array.from(byReason, ([reason, names]) =>
      names.length === facets.length ? reason : `${names.join(", ").toUpperCase()}: ${reason}`,
    );
    const reasons = unseen === undefined ? unscored : [unseen, ...unscored];
    return reasons.map((reason) => ({ participant: person.id, reason }));
  });
}
