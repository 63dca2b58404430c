import * as z from "zod";
import { analysisConfigSchema } from "./analysisConfig.ts";
import { taskSchema } from "./models.ts";
import { defaultPipeline, pipelineSchema, type Pipeline } from "./pipelines.ts";

/**
 * An experiment: the same clips analysed in several ways, held against each other. A file holds one as YAML or JSON; the
 * JSON schema for editors is `extension/schemas/experiment.schema.json`, made from these values.
 */

const settings = {
  pipeline: pipelineSchema.optional().describe(`The pipeline; ${defaultPipeline} where none is given.`),
  config: analysisConfigSchema
    .omit({ networks: true })
    .optional()
    .describe("Settings of the analysis. Those left out keep their defaults."),
  networks: z
    .partialRecord(taskSchema, z.string().regex(/^[a-z0-9-]+$/, "must be an id of edin models list"))
    .optional()
    .describe("Networks to use instead of a task's default one, by task."),
};

export const experimentRunSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$/, "must be up to 60 letters, digits, ., - or _")
    .describe("Names the run in the comparison and its folder; each once."),
  ...settings,
});

export const experimentSchema = z
  .strictObject({
    title: z.string().trim().min(1).max(200).describe("What is compared."),
    clips: z
      .array(z.string().min(1).max(1000))
      .min(1)
      .max(1000)
      .describe("Clips, relative to this file. * stands for any part of a name, ** for any folders."),
    ...settings,
    repeats: z
      .int()
      .min(1)
      .max(20)
      .default(1)
      .describe("How often each clip is analysed in each run, to see whether results and speed repeat."),
    runs: z
      .array(experimentRunSchema)
      .min(1)
      .max(50)
      .optional()
      .describe(
        "The ways to compare. Each adds to pipeline, config and networks above. The first is the measure.",
      ),
  })
  .refine(({ runs = [] }) => new Set(runs.map(({ name }) => name.toLowerCase())).size === runs.length, {
    message: "two runs have the same name",
    path: ["runs"],
  })
  .meta({ title: "EDIN experiment" });

/** As it stands in the file: what was left out is still absent, so that a run can add to what the file says for all. */
export type Experiment = z.input<typeof experimentSchema>;

/** One way to analyse the clips: what `runAnalysis` wants of it. */
export interface PlannedRun {
  readonly name: string;
  readonly pipeline: Pipeline;
  readonly config: Readonly<Record<string, unknown>>;
}

/** The runs of an experiment, each complete. Without a list there is one, named after its pipeline. */
export function planRuns(experiment: Experiment): PlannedRun[] {
  const { pipeline = defaultPipeline, config = {}, networks = {} } = experiment;
  return (experiment.runs ?? [{ name: pipeline }]).map((run) => ({
    name: run.name,
    pipeline: run.pipeline ?? pipeline,
    config: {
      ...config,
      ...run.config,
      ...((config.magnification ?? run.config?.magnification) && {
        magnification: { ...config.magnification, ...run.config?.magnification },
      }),
      networks: { ...networks, ...run.networks },
    },
  }));
}

/** What `edin experiment --json` writes, one a line. */
export const experimentEventSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("planned"), analyses: z.int(), folder: z.string() }),
  z.object({
    type: z.literal("progress"),
    /** From 0. */
    index: z.int(),
    run: z.string(),
    clip: z.string(),
    /** Of this analysis, 0 to 1. */
    share: z.number(),
    framesPerSecond: z.number(),
  }),
  /** `failed` of the analyses have no result; the table says why. */
  z.object({ type: z.literal("done"), table: z.string(), failed: z.int() }),
]);

export type ExperimentEvent = z.infer<typeof experimentEventSchema>;
