import type { LabelsDocument } from "../document.ts";
import { schemeProblems, timeProblems } from "./annotations.ts";
import { doubleIds, traceProblems, unreadableEntries } from "./entries.ts";
import { TimeIndex } from "../../segments/timeIndex.ts";
import { grouped } from "../edits.ts";
import { headProblems } from "./head.ts";
import { overlaps } from "./overlaps.ts";
import type { LabelFacts, LabelProblem } from "./problem.ts";

/** Everything that is wrong in a labels file, by itself and against its scheme and clip. */
export function checkLabels(document: LabelsDocument, facts: LabelFacts): LabelProblem[] {
  const byTier = new Map(
    [...grouped(document.annotations, ({ tier }) => tier)].map(([tier, all]) => [tier, new TimeIndex(all)]),
  );
  return [
    ...headProblems(document.head, facts),
    ...unreadableEntries(document),
    ...doubleIds(document),
    ...document.annotations.flatMap((annotation) => [
      ...timeProblems(annotation, document.head),
      ...(facts.scheme === undefined ? [] : schemeProblems(annotation, byTier, facts.scheme)),
    ]),
    ...(facts.scheme === undefined ? [] : overlaps(document, facts.scheme)),
    ...(facts.scheme === undefined ? [] : traceProblems(document, facts.scheme)),
  ];
}
