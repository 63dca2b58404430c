import { AppError } from "../../shared/errors.ts";
import type { ModelEntry, Task } from "../../shared/protocol/models.ts";
import type { Model, Models } from "../inference/models.ts";

/** The networks of the visual path. A task without one leaves its fields out of the results. */
export interface VisualNetworks {
  readonly face: Model;
  readonly landmarks: Model;
  readonly eyeState?: Model | undefined;
  readonly gaze?: Model | undefined;
  readonly expression?: Model | undefined;
  /** Corrects the expression by eyes and gaze; used where all three are there. */
  readonly eec?: Model | undefined;
}

/** Which network serves a task, where it is not the default one. */
export type ChosenNetworks = Readonly<Partial<Record<Task, string | undefined>>>;

/**
 * Loads networks by task: the default one, or the one that was chosen.
 * @throws AppError (the function returned) `model_unknown` for a choice that serves another task
 */
export function loadNetworks(models: Models, chosen: ChosenNetworks): (task: Task) => Promise<Model> {
  return async (task) => {
    // By its id: a network may be called as its task is.
    const usual = models.manifest.models.find((entry) => entry.task === task && entry.default);
    const model = await models.load(chosen[task] ?? usual?.id ?? task);
    if (model.entry.task === task) return model;
    throw new AppError(
      "model_unknown",
      `${model.entry.id} is a network for ${model.entry.task}, not for ${task}. \`edin models list\` shows those there are.`,
    );
  };
}

/** @throws AppError when there is no network for faces or landmarks, and those of {@link loadNetworks} */
export async function loadVisualNetworks(
  models: Models,
  chosen: ChosenNetworks = {},
): Promise<VisualNetworks> {
  const known = new Set(models.manifest.models.filter((m: ModelEntry) => m.default).map((m) => m.task));
  const load = loadNetworks(models, chosen);
  const ifKnown = (task: Task): Promise<Model> | undefined => (known.has(task) ? load(task) : undefined);
  return {
    face: await load("face"),
    landmarks: await load("landmarks"),
    eyeState: await ifKnown("eye-state"),
    gaze: await ifKnown("gaze"),
    expression: await ifKnown("expression"),
    eec: await ifKnown("eec"),
  };
}
