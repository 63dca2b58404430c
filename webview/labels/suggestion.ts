import type { Annotation } from "../../shared/protocol/labels.ts";
import type { Proposal } from "../../shared/protocol/labelRoutes.ts";

/** What may be taken, corrected or refused: a model's proposal, or in a gold file an annotation of a colleague. */
export interface Suggestion extends Omit<Proposal, "kind"> {
  readonly kind: Proposal["kind"] | "colleague";
  /** Whose it is, where it is a colleague's. */
  readonly by?: string;
  readonly annotation?: Annotation;
}
