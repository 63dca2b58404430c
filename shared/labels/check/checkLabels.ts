import type { LabelsDocument } from "../document.ts";
import { schemeProblems, timeProblems } from "./annotations.ts";
import { doubleIds, traceProblems, unreadableEntries } from "./entries.ts";
import { headProblems } from "./head.ts";
import { overlaps } from "./overlaps.ts";
import type { LabelFacts, LabelProblem } from "./problem.ts";

/** Everything that is wrong in a labels file, by itself and against its scheme and clip. */
export function checkLabels(document: LabelsDocument, facts: LabelFacts): LabelProblem[] {
  return [
    ...headProblems(document.head, facts),
    ...unreadableEntries(document),
    ...doubleIds(document),
    ...document.annotations.flatMap((annotation) => [
      ...timeProblems(annotation, document.head),
      ...(facts.scheme === undefined ? [] : schemeProblems(annotation, document, facts.scheme)),
    ]),
    ...(facts.scheme === undefined ? [] : overlaps(document, facts.scheme)),
    ...(facts.scheme === undefined ? [] : traceProblems(document, facts.scheme)),
  ];
}
