import type { Scheme } from "../protocol/scheme.ts";
import type { LabelsDocument } from "./document.ts";
import { schemeFingerprint } from "./scheme.ts";

export interface NewLabels {
  /** Name of the clip beside the file. */
  readonly clip: string;
  readonly annotator: string;
  /** Name of a scheme file, or the scheme. */
  readonly scheme: string | Scheme;
  /** The scheme that a name stands for. */
  readonly read: Scheme;
  readonly media?: { readonly sha256?: string; readonly durationMs: number };
}

/** An empty labels file. */
export function newLabels({ clip, annotator, scheme, read, media }: NewLabels): LabelsDocument {
  return {
    head: {
      schemaVersion: 1,
      media: {
        file: clip,
        ...(media?.sha256 && { sha256: media.sha256 }),
        durationMs: media?.durationMs ?? 0,
      },
      annotator,
      scheme,
      schemeFingerprint: schemeFingerprint(read),
      ...(read.blind === true && { blind: true }),
    },
    annotations: [],
    refused: [],
    traces: [],
    unreadable: [],
  };
}

export const labelsEnding = ".labels.json";

/** Whether a file is one of labels, by its name. */
export function isLabelsFile(name: string): boolean {
  return name.endsWith(labelsEnding);
}

/** `clip.mp4` of `a01` is labelled in `clip.a01.labels.json`. */
export function labelsName(clip: string, annotator: string): string {
  return `${clip.replace(/\.[^.]*$/, "")}.${annotator}${labelsEnding}`;
}
