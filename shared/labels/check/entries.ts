import { annotationSchema } from "../../protocol/labels.ts";
import { holds, type Scheme } from "../../protocol/scheme.ts";
import { byStart, type LabelsDocument, type ListName } from "../document.ts";
import { grouped, newAnnotationId } from "../edits.ts";
import { tierOf } from "../scheme.ts";
import type { LabelProblem, ProblemCode, ProblemFix } from "./problem.ts";
import { counted } from "../../text/counted.ts";

/** Entries that are no annotations or traces. */
export function unreadableEntries({ unreadable }: LabelsDocument): LabelProblem[] {
  return unreadable.map(({ list, value, at }, i) => ({
    code: "unreadable",
    severity: "error",
    message: `This entry is no ${list === "traces" ? "trace" : "annotation"}: ${whatIsMissing(list, value)}. It is kept as it is.`,
    at: { list, nth: at },
    fixes: [
      ...givenId(value, i),
      {
        title: "Remove this entry",
        apply: (document) => ({ ...document, unreadable: document.unreadable.filter((_, k) => k !== i) }),
      },
    ],
  }));
}

function whatIsMissing(list: ListName, value: unknown): string {
  const wanted =
    list === "traces" ? ["tier", "startMs", "rateHz", "values"] : ["id", "tier", "startMs", "label"];
  if (typeof value !== "object" || value === null || Array.isArray(value)) return "it is no object";
  const missing = wanted.filter((field) => !Object.hasOwn(value, field));
  return missing.length === 0 ? "a field has a value of another kind" : `it lacks ${missing.join(", ")}`;
}

/** Where an id alone is missing it gets one. */
function givenId(value: unknown, i: number): ProblemFix[] {
  const named = { id: "x", ...(typeof value === "object" ? value : undefined) };
  const parsed = annotationSchema.safeParse(named);
  if (!parsed.success || named.id !== "x") return [];
  return [
    {
      title: "Give it an id",
      apply: (document) => ({
        ...document,
        annotations: [...document.annotations, { ...parsed.data, id: newAnnotationId(document) }].sort(
          byStart,
        ),
        unreadable: document.unreadable.filter((_, k) => k !== i),
      }),
    },
  ];
}

/** The place in the file of the one that is `nth` of those that can be read. */
function placeInFile(unreadable: LabelsDocument["unreadable"], list: ListName, nth: number): number {
  let place = nth;
  for (const one of unreadable) if (one.list === list && one.at <= place) place++;
  return place;
}

/** The second annotation with an id gets another one. Ids name what an edit means, so this comes first. */
export function doubleIds({ annotations }: LabelsDocument): LabelProblem[] {
  return [...grouped(annotations, ({ id }) => id)].flatMap(([id, same]) =>
    same.slice(1).map((_, i): LabelProblem => ({
      code: "double_id",
      severity: "error",
      message: `Another annotation has the id ${id} too.`,
      at: { list: "annotations", id, nth: i + 1 },
      fixes: [
        {
          title: "Give it an id of its own",
          apply: (document) => {
            let seen = 0;
            return {
              ...document,
              annotations: document.annotations.map((one) =>
                one.id === id && seen++ === i + 1 ? { ...one, id: newAnnotationId(document) } : one,
              ),
            };
          },
        },
      ],
    })),
  );
}

/** What is wrong with rated values. */
export function traceProblems({ traces, unreadable }: LabelsDocument, scheme: Scheme): LabelProblem[] {
  return traces.flatMap((trace, nth): LabelProblem[] => {
    const tier = tierOf(scheme, trace.tier);
    const place = placeInFile(unreadable, "traces", nth);
    const tell = (
      code: ProblemCode,
      message: string,
      severity: "error" | "warning",
      more: readonly ProblemFix[] = [],
    ): LabelProblem => ({
      ...{ code, severity, message, at: { list: "traces", nth: place } },
      fixes: [
        ...more,
        {
          title: "Remove these values",
          apply: (document) => ({ ...document, traces: document.traces.filter((_, i) => i !== nth) }),
        },
      ],
    });
    if (tier === undefined) return [tell("unknown_tier", `The scheme has no tier ${trace.tier}.`, "error")];
    if (holds(tier) !== "values")
      return [tell("wrong_kind", `The tier ${tier.id} holds no rated values.`, "error")];
    const { minimum = 0, maximum = 1 } = tier;
    const outside = trace.values.filter(
      (value) => value !== null && (value < minimum || value > maximum),
    ).length;
    return outside === 0
      ? []
      : [
          tell("out_of_range", `Outside ${minimum} to ${maximum}: ${counted(outside, "value")}.`, "warning", [
            {
              title: `Bring them to ${minimum} and ${maximum}`,
              apply: (document) => ({
                ...document,
                traces: document.traces.map((one, i) =>
                  i === nth
                    ? {
                        ...one,
                        values: one.values.map((value) =>
                          value === null ? null : Math.min(Math.max(value, minimum), maximum),
                        ),
                      }
                    : one,
                ),
              }),
            },
          ]),
        ];
  });
}
