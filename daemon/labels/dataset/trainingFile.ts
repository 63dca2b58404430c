import { stringify } from "yaml";
import { expressionLabels, speechLabels } from "../../../shared/emotion/labels.ts";
import type { TrainingTask } from "../../../shared/protocol/training.ts";

/** What of a set decides how it is trained on. */
export interface TrainableSet {
  readonly kind: "pictures" | "sounds";
  readonly tier: string;
  /** Of the part to train on. */
  readonly labels: readonly string[];
}

/**
 * The text of a file for `edin train` that learns from the training part of a set. Labels that EDIN's analyses know make a
 * network that they can use; others one for oneself. Undefined where there is nothing to tell apart.
 * @param folder of the set, relative to the file
 */
export function trainingFileOf({ kind, tier, labels }: TrainableSet, folder: string): string | undefined {
  if (labels.length < 2) return undefined;
  const training = {
    title: `${kind === "pictures" ? "Faces" : "Voices"} as labelled on the tier ${tier}`,
    task: taskOf(kind, labels),
    data: { path: `${folder}/train`, validation: 0.25 },
  };
  return `# edin train reads this file. What else it may say: the README, or Ctrl Space in VS Code.\n${stringify(training)}`;
}

function taskOf(kind: TrainableSet["kind"], labels: readonly string[]): TrainingTask {
  const known: readonly string[] = kind === "pictures" ? expressionLabels : speechLabels;
  if (!labels.every((label) => known.includes(label))) return kind;
  return kind === "pictures" ? "expression" : "speech";
}
