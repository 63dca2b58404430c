import type { Assignments } from "../protocol/assignments.ts";

/** A labels file of a project, as far as a list of them tells. */
export interface ProjectFile {
  readonly file: string;
  /** Path of the clip from the project's folder, with /. */
  readonly clip: string;
  readonly annotator: string;
  readonly annotations: number;
  readonly traces: number;
  readonly done: boolean;
  readonly gold: boolean;
}

export interface ProjectClip {
  readonly clip: string;
  /** Absent where nothing was begun. */
  readonly file?: ProjectFile;
  readonly state: "todo" | "open" | "done";
}

export interface AnnotatorProgress {
  readonly annotator: string;
  readonly done: number;
  readonly clips: readonly ProjectClip[];
}

export interface ProjectProgress {
  readonly annotators: readonly AnnotatorProgress[];
  readonly gold: readonly ProjectFile[];
}

/** Each annotator's list: what is assigned, and what they began besides. */
export function progressOf(
  assignments: Pick<Assignments, "annotators" | "clips"> | undefined,
  files: readonly ProjectFile[],
): ProjectProgress {
  const own = files.filter(({ gold }) => !gold);
  const names = [
    ...new Set([...(assignments?.annotators ?? []), ...own.map(({ annotator }) => annotator).sort()]),
  ];
  return {
    annotators: names.map((annotator) => {
      const byClip = new Map(
        own.filter((one) => one.annotator === annotator).map((one) => [one.clip, one] as const),
      );
      const assigned = Object.entries(assignments?.clips ?? {}).flatMap(([clip, who]) =>
        who.includes(annotator) ? [clip] : [],
      );
      const clips = [...new Set([...assigned, ...[...byClip.keys()].sort()])].map((clip): ProjectClip => {
        const file = byClip.get(clip);
        if (file === undefined) return { clip, state: "todo" };
        return { clip, file, state: file.done ? "done" : "open" };
      });
      return { annotator, clips, done: clips.filter(({ state }) => state === "done").length };
    }),
    gold: files.filter(({ gold }) => gold),
  };
}

/** What comes next on a list: what was begun, then what was not; undefined when all is done. */
export function nextClip({ clips }: AnnotatorProgress): ProjectClip | undefined {
  return clips.find(({ state }) => state === "open") ?? clips.find(({ state }) => state === "todo");
}
