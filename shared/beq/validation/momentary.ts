import { expressionLabels } from "../../emotion/labels.ts";
import { cohenKappa } from "../../stats/agreement.ts";
import { undefinedBecause, type Estimate } from "../../stats/estimate.ts";
import { clusterBootstrap, type Interval } from "../../stats/intervals.ts";
import type { Person } from "../person.ts";
import type { Options } from "./sample.ts";
import { counted } from "../../text/counted.ts";

export interface MomentaryAgreement {
  readonly participants: number;
  readonly segments: number;
  /** Segments without a trusted face: in no figure below. */
  readonly unseen: number;
  readonly accuracy: number;
  readonly kappa: number | undefined;
  /** Whole participants are drawn. */
  readonly kappaInterval: Interval | undefined;
  /** Row: what was said, column: the model's label, in the order of `expressionLabels`. */
  readonly confusion: readonly (readonly number[])[];
}

/** The model's label of each segment against what the person said that they felt. It has nothing to do with the BEQ. */
export function momentaryAgreement(
  people: readonly Person[],
  options: Options,
): Estimate<MomentaryAgreement> {
  const rows = people.flatMap(({ id, segments }) => segments.map((segment) => ({ id, ...segment })));
  const seen = rows.flatMap(({ id, said, seen: label }) =>
    label === undefined
      ? []
      : [{ id, said: expressionLabels.indexOf(said), label: expressionLabels.indexOf(label) }],
  );
  if (rows.length === 0) return undefinedBecause("Nobody reported what they felt during a clip.");
  if (seen.length === 0)
    return undefinedBecause(`In none of ${counted(rows.length, "segment")} the face could be trusted.`);
  const classes = expressionLabels.length;
  const kappaOf = (at: readonly number[]) =>
    cohenKappa(
      at.map((i) => seen[i]!.said),
      at.map((i) => seen[i]!.label),
      classes,
    );
  const kappa = kappaOf(seen.map((_, i) => i));
  const names = seen.map(({ id }) => id);
  const participants = new Set(names).size;
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (const { said, label } of seen) confusion[said]![label]! += 1;
  return {
    ...{
      defined: true,
      participants,
      segments: rows.length,
      unseen: rows.length - seen.length,
      kappa,
      confusion,
    },
    accuracy: seen.filter(({ said, label }) => said === label).length / seen.length,
    kappaInterval:
      participants < 2 || kappa === undefined ? undefined : clusterBootstrap(kappaOf, names, options),
  };
}
