import { nearest } from "../../nearest.ts";
import type { LabelsHead } from "../../protocol/labels.ts";
import { schemeFingerprint } from "../scheme.ts";
import {
  withHead,
  type LabelFacts,
  type LabelProblem,
  type ProblemCode,
  type ProblemFix,
} from "./problem.ts";

/** No more than so many are offered. */
const maxOffered = 5;

/** What is wrong with clip, scheme and annotator. */
export function headProblems(
  head: LabelsHead,
  { scheme, schemeProblem, clip, twins = [], clips = [], schemes = [] }: LabelFacts,
): LabelProblem[] {
  const found: LabelProblem[] = [];
  const tell = (
    code: ProblemCode,
    field: string,
    message: string,
    fixes: ProblemFix[] = [],
    severity: "error" | "warning" = "warning",
  ) => found.push({ code, severity, message, at: { field }, fixes });
  if (clip === "missing")
    tell(
      "clip_missing",
      "media",
      `The clip ${head.media.file} is not there. Put it beside this file, or correct its name.`,
      nearestFirst(head.media.file, clips).map((file) =>
        withHead(`The clip is ${file}`, ({ media }) => ({ media: { ...media, file } })),
      ),
    );
  else if (clip?.sha256 !== undefined && head.media.sha256 !== undefined && clip.sha256 !== head.media.sha256)
    tell(
      "clip_changed",
      "media",
      `${head.media.file} is not the clip that was labelled: its content changed. Times may no longer fit.`,
      [
        withHead("Take the clip as it is now", ({ media }) => ({
          media: { ...media, ...clip, durationMs: clip.durationMs ?? media.durationMs },
        })),
      ],
    );
  if (scheme === undefined)
    tell(
      "scheme_missing",
      "scheme",
      schemeProblem ?? "The scheme cannot be read.",
      nearestFirst(typeof head.scheme === "string" ? head.scheme : "", schemes).map((name) =>
        withHead(`The scheme is ${name}`, () => ({ scheme: name })),
      ),
      "error",
    );
  else if (head.schemeFingerprint !== undefined && head.schemeFingerprint !== schemeFingerprint(scheme))
    tell(
      "scheme_changed",
      "scheme",
      "The scheme's tiers or labels changed since these labels were made. Look whether they still fit.",
      [
        withHead("Take the scheme as it is now", () => ({
          schemeFingerprint: schemeFingerprint(scheme),
        })),
      ],
    );
  if (twins.length > 0)
    tell(
      "same_annotator",
      "annotator",
      `${twins.join(", ")} is of the same annotator and clip. Agreement takes each annotator once.`,
      [withHead(`Call this annotator ${head.annotator}-2`, () => ({ annotator: `${head.annotator}-2` }))],
    );
  return found;
}

/** The one whose name is nearest, then the others. */
function nearestFirst(name: string, all: readonly string[]): string[] {
  const best = nearest(name, all);
  return [...(best === undefined ? [] : [best]), ...all.filter((one) => one !== best)].slice(0, maxOffered);
}
