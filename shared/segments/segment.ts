import type { Annotation } from "../protocol/labels.ts";
import type { AnalysisEvent } from "../protocol/results.ts";
import type { SelfReport } from "../protocol/studyFile.ts";

/** Of whom a segment is said. */
export type Subject =
  { readonly kind: "face"; readonly track: number } | { readonly kind: "voice" } | { readonly kind: "clip" };

/**
 * A stretch or a moment of a clip that somebody says something of. Annotations, momentary self-reports, prompts of an
 * interview, events and what a model makes of frames are kinds of it: they differ in who says it, not in what it is.
 */
export interface Segment<Label extends string = string> {
  readonly by: "participant" | "annotator" | "model" | "interviewer";
  readonly of: Subject;
  /** What is said, such as `emotion`, `blink` or a tier of a scheme of labels. */
  readonly tier: string;
  readonly label: Label;
  readonly startMs: number;
  /** Absent for a moment. */
  readonly endMs?: number | undefined;
}

/** A segment that lasts. */
export interface Stretch<Label extends string = string> extends Segment<Label> {
  readonly endMs: number;
}

/** What an annotator says. */
export interface AnnotationSegment extends Segment {
  readonly by: "annotator";
  /** In its labels file. */
  readonly id: string;
  readonly unsure: boolean;
}

/** The label of events that have none of their own. */
const eventLabels: Readonly<Record<AnalysisEvent["kind"], string>> = {
  blink: "blink",
  gaze_away: "away",
  micro_expression: "other",
  scene_cut: "cut",
  prompt: "prompt",
  answer: "speech",
};

/** Of a face by its track; of the whole clip without one. */
export const subjectOf = (track: number | undefined): Subject =>
  track === undefined ? { kind: "clip" } : { kind: "face", track };

/** An event of an analysis: a prompt is the interviewer's, an answer the participant's, all others are the model's. */
export function eventSegment({ kind, startMs, endMs, track, label }: AnalysisEvent): Stretch {
  const by = kind === "prompt" ? "interviewer" : kind === "answer" ? "participant" : "model";
  return { by, of: subjectOf(track), tier: kind, label: label ?? eventLabels[kind], startMs, endMs };
}

/** What a participant said that they felt during a part of a clip. */
export function selfReportSegment({ startMs, endMs, label }: SelfReport): Stretch<SelfReport["label"]> {
  return { by: "participant", of: { kind: "clip" }, tier: "felt", label, startMs, endMs };
}

/** An entry of a labels file. Where it names no face its tier says what it is about. */
export function annotationSegment(annotation: Annotation): AnnotationSegment {
  const { id, tier, label, startMs, endMs, face, unsure = false } = annotation;
  return { by: "annotator", of: subjectOf(face), id, tier, label, startMs, endMs, unsure };
}

/** Those that last, each longer than nothing. */
export function stretchesOf<S extends Pick<Segment, "startMs" | "endMs">>(
  segments: readonly S[],
): (S & Pick<Stretch, "endMs">)[] {
  return segments.filter(
    (one): one is S & Pick<Stretch, "endMs"> => one.endMs !== undefined && one.endMs > one.startMs,
  );
}

/** What a model says of a face or of a voice. */
export function modelSegment(
  of: Subject,
  tier: string,
  { label, startMs, endMs }: Pick<Stretch, "label" | "startMs" | "endMs">,
): Stretch {
  return { by: "model", of, tier, label, startMs, endMs };
}
