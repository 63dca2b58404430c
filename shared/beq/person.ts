import type { ExpressionLabel } from "../emotion/labels.ts";
import type { ExpressivityIndices } from "./indices.ts";
import type { Answers, BeqScore } from "./scoring.ts";

/** What the validation knows of one participant. */
export interface Person {
  /** Pseudonym. */
  readonly id: string;
  /** No consent is recorded: nothing else of the person is read. */
  readonly withoutConsent?: boolean;
  readonly covariates: Readonly<Record<string, number>>;
  /** Forms that the person filled in; the first is used. */
  readonly responses: number;
  readonly answers?: Answers;
  readonly score?: BeqScore;
  /** Clips with the role `stimulus`, and their frames. */
  readonly clips: number;
  readonly frames: number;
  /** Share of those frames in which the person's face could be trusted. */
  readonly coverage: number;
  /** Somebody else was in the picture for a good part of a clip. */
  readonly otherFaces: boolean;
  /** In a clip two faces are there for a similar time, and nobody said which is the person's: it is not guessed. */
  readonly unclearFace?: boolean;
  readonly baseline: "resting-clip" | "most-neutral-frames";
  /** undefined without two trusted frames in a row. */
  readonly indices: ExpressivityIndices | undefined;
  readonly segments: readonly SaidAndSeen[];
}

/** A part of a clip: what the person said that they felt, and the model's label where it saw the face. */
export interface SaidAndSeen {
  readonly said: ExpressionLabel;
  readonly seen: ExpressionLabel | undefined;
}
