import type * as z from "zod";
import { experimentSchema } from "../../shared/protocol/experiment.ts";
import type { ModelEntry } from "../../shared/protocol/models.ts";

type Networks = Readonly<Partial<Record<string, string | undefined>>>;

/**
 * The schema of experiments, which also knows what is there: the networks, and the clips.
 * @param exists whether there is a clip of this name, for names without a pattern
 */
export function checkedExperiment(
  models: readonly ModelEntry[],
  exists: (clip: string) => boolean,
): typeof experimentSchema {
  return experimentSchema.superRefine((experiment, context) => {
    experiment.clips.forEach((clip, i) => {
      if (!/[*?]/.test(clip) && !exists(clip))
        context.addIssue({ code: "custom", path: ["clips", i], message: `There is no file ${clip}.` });
    });
    checkNetworks(experiment.networks, ["networks"], models, context);
    experiment.runs?.forEach(({ networks }, i) =>
      checkNetworks(networks, ["runs", i, "networks"], models, context),
    );
  });
}

function checkNetworks(
  networks: Networks | undefined,
  at: readonly PropertyKey[],
  models: readonly ModelEntry[],
  context: z.RefinementCtx,
): void {
  for (const [task, id] of Object.entries(networks ?? {})) {
    const known = models.filter((model) => model.task === task).map((model) => model.id);
    if (id === undefined || known.includes(id)) continue;
    const message =
      known.length === 0 ? `There is no network for ${task}.` : `For ${task} there are: ${known.join(", ")}.`;
    context.addIssue({ code: "invalid_value", values: known, path: [...at, task], input: id, message });
  }
}
