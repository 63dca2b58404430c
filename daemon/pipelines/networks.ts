import { AppError } from "../../shared/errors.ts";
import type { ModelEntry, Task } from "../../shared/protocol/models.ts";
import type { Model, Models } from "../inference/models.ts";

/** Networks by the task that each of them serves. */
export type Networks<Needed extends Task, Used extends Task = never> = Readonly<
  Record<Needed, Model> & Partial<Record<Used, Model>>
>;
/** Those of the visual path. A task without one leaves its fields out of the results; `eec` corrects the expression by eyes and gaze. */
export type VisualNetworks = Networks<"face" | "landmarks", "eye-state" | "gaze" | "expression" | "eec">;
/** Those that hear. */
export type SpeechNetworks = Networks<"voice" | "speech", "speaker">;

/** Which network serves a task, where it is not the default one. */
export type ChosenNetworks = Readonly<Partial<Record<Task, string | undefined>>>;

/**
 * Loads networks by task: the default one, or the one that was chosen.
 * @throws AppError when a task of `needs` has no network; `model_unknown` for a choice that serves another task
 */
export async function loadNetworks<Needed extends Task, Used extends Task = never>(
  models: Models,
  { needs, uses = [] }: { readonly needs: readonly Needed[]; readonly uses?: readonly Used[] },
  chosen: ChosenNetworks = {},
): Promise<Networks<Needed, Used>> {
  const known = new Set(models.manifest.models.filter((m: ModelEntry) => m.default).map((m) => m.task));
  const networks: Partial<Record<Task, Model>> = {};
  for (const task of [...needs, ...uses.filter((used) => known.has(used))])
    networks[task] = await loadNetwork(models, task, chosen);
  return networks as Networks<Needed, Used>;
}

async function loadNetwork(models: Models, task: Task, chosen: ChosenNetworks): Promise<Model> {
  // By its id: a network may be called as its task is.
  const usual = models.manifest.models.find((entry) => entry.task === task && entry.default);
  const model = await models.load(chosen[task] ?? usual?.id ?? task);
  if (model.entry.task === task) return model;
  throw new AppError(
    "model_unknown",
    `${model.entry.id} is a network for ${model.entry.task}, not for ${task}. \`edin models list\` shows those there are.`,
  );
}
