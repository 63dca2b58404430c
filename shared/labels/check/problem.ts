import type { Annotation, LabelsHead } from "../../protocol/labels.ts";
import type { Scheme } from "../../protocol/scheme.ts";
import type { LabelsDocument, ListName } from "../document.ts";
import { changeAnnotations, removeAnnotations } from "../edits.ts";

export type ProblemCode =
  | "overlap"
  | "end_before_start"
  | "before_start"
  | "past_end"
  | "unknown_tier"
  | "unknown_label"
  | "unknown_intensity"
  | "wrong_kind"
  | "outside_parent"
  | "too_short"
  | "too_long"
  | "out_of_range"
  | "double_id"
  | "unreadable"
  | "clip_missing"
  | "clip_changed"
  | "scheme_missing"
  | "scheme_changed"
  | "same_annotator";

export interface ProblemFix {
  readonly title: string;
  readonly apply: (document: LabelsDocument) => LabelsDocument;
}

/** Something wrong in a labels file. Nothing is ever taken away by itself. */
export interface LabelProblem {
  readonly code: ProblemCode;
  readonly severity: "error" | "warning";
  readonly message: string;
  /** The field of the heading; or the entry of a list, by its id and which of those with that id, or by its place (from 0). */
  readonly at:
    { readonly field: string } | { readonly list: ListName; readonly id?: string; readonly nth: number };
  readonly fixes: readonly ProblemFix[];
}

/** What is known beyond the file itself. */
export interface LabelFacts {
  /** Absent where it cannot be read; then `schemeProblem` says why. */
  readonly scheme?: Scheme | undefined;
  readonly schemeProblem?: string | undefined;
  readonly clip?: "missing" | { readonly sha256?: string; readonly durationMs?: number };
  /** Other files of the same clip and annotator. */
  readonly twins?: readonly string[];
  /** Clips and schemes that are there, for what is named and is not. */
  readonly clips?: readonly string[];
  readonly schemes?: readonly string[];
}

/** One id as a set of ids. */
export const only = (id: string): ReadonlySet<string> => new Set([id]);

/** A fix that changes an annotation. */
export function changed(title: string, { id }: Annotation, change: Partial<Annotation>): ProblemFix {
  return { title, apply: (document) => changeAnnotations(document, only(id), change) };
}

/** A fix that takes an annotation away. */
export function removed({ id }: Annotation): ProblemFix {
  return { title: "Remove this annotation", apply: (document) => removeAnnotations(document, only(id)) };
}

/** A problem of one annotation, with its fixes. */
export function about(
  { id }: Annotation,
  code: ProblemCode,
  message: string,
  fixes: readonly ProblemFix[],
  severity: "error" | "warning" = "error",
): LabelProblem {
  return { code, severity, message, at: { list: "annotations", id, nth: 0 }, fixes };
}

/** A fix that changes the head of the file. */
export function withHead(title: string, change: (head: LabelsHead) => Partial<LabelsHead>): ProblemFix {
  return {
    title,
    apply: (document) => ({ ...document, head: { ...document.head, ...change(document.head) } }),
  };
}
