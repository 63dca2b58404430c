import path from "node:path";
import * as z from "zod";
import { scoresOfCounts } from "../../../shared/stats/classification.ts";
import { trainedRunSchema } from "../../../shared/protocol/training.ts";

const interval = z.tuple([z.number(), z.number()]);
const score = z.object({ n: z.int(), precision: z.number(), recall: z.number(), f1: z.number() });

/** Figures as recipes write them. */
const scoresSchema = z.object({
  n: z.int(),
  accuracy: z.number(),
  accuracyInterval: interval.optional(),
  macroF1: z.number(),
  uar: z.number().optional(),
  perClass: z.record(z.string(), score),
});
export type Scores = z.infer<typeof scoresSchema>;

/** Of the eye-state recipe, which counts open and closed. */
const eyesSchema = z
  .object({
    n: z.int(),
    accuracy: z.number(),
    accuracy95: interval,
    macroF1: z.number(),
    confusion: z.tuple([z.tuple([z.int(), z.int()]), z.tuple([z.int(), z.int()])]),
  })
  .transform(({ n, accuracy, accuracy95, macroF1, confusion }): Scores => {
    const { uar, perClass } = scoresOfCounts(confusion);
    const [open, closed] = perClass;
    return {
      n,
      accuracy,
      accuracyInterval: accuracy95,
      macroF1,
      uar,
      perClass: { open: open!, closed: closed! },
    };
  });

const trainingSchema = z.object({
  samples: z.object({ train: z.int(), validation: z.int(), test: z.int() }),
  runs: z.array(trainedRunSchema).min(1),
});
const denoisingSchema = trainingSchema.extend({ minutes: z.number(), everyNth: z.int(), of: z.int() });
const charactersSchema = z.object({ leftOut: trainingSchema, random: trainingSchema });
const voicesSchema = z.object({ speakers: trainingSchema, random: trainingSchema });
const magnificationSchema = z.object({
  people: z.int(),
  chance: z.number(),
  rows: z.array(
    z.object({
      ...{ amplitude: z.number(), displacementPx: z.number(), run: z.string(), n: z.int() },
      meanAlpha: z.number(),
      ...{ accuracy: z.number(), accuracyInterval: interval },
      ...{ gain: z.number().optional(), gainInterval: interval.optional() },
    }),
  ),
});
const pipelinesSchema = z.object({
  /** Where it was ended before its time, and why. */
  cut: z.string().optional(),
  people: z.int(),
  runs: z.array(scoresSchema.extend({ run: z.string() })),
});

/** Where each network's figures lie in its recipe's file, what they are of, and whom. */
const networks = [
  ["expression-mobile", ["ferplus", "seven"], "FER+ test", "no names; copies removed"],
  ["expression-mobile", ["rafdb"], "RAF-DB, a tenth of the train part", "no names; copies together"],
  ["expression-compact", ["ferplus", "seven"], "FER+ test", "no names; copies removed"],
  ["expression-compact", ["rafdb"], "RAF-DB, a tenth of the train part", "no names; copies together"],
  ["expression-thesis", ["ferplus", "seven"], "FER+ test", "no names; copies removed"],
  ["expression-thesis", ["rafdb"], "RAF-DB, a tenth of the train part", "no names; copies together"],
  ["eye-state-compact", ["mrl"], "MRL eyes", "6 unseen"],
  ["eye-state-thesis", ["rendered"], "rendered eyes", "unseen"],
  ["eec", ["eecSeven"], "FER+ test", "no names; copies removed"],
  ["speech-whisper", ["ravdess"], "RAVDESS", "unseen speakers, cross-validated"],
  ["speech-compact", ["wholeClips"], "RAVDESS", "unseen speakers, cross-validated"],
  ["speech-thesis", ["bySpeaker"], "RAVDESS", "5 unseen speakers"],
  ["speech-thesis", ["randomSplit"], "RAVDESS", "**random split**, all heard"],
  ["man", ["balanced", "both"], "made pairs of FER+ and RAVDESS", "unseen speakers, cross-validated"],
] as const;

export interface Tables {
  readonly denoising: z.infer<typeof denoisingSchema> | undefined;
  readonly magnification: z.infer<typeof magnificationSchema> | undefined;
  readonly networks: readonly { name: string; set: string; people: string; scores: Scores }[];
  /** The thesis's network of voices, learned by speaker and on a random split. */
  readonly voices: z.infer<typeof voicesSchema> | undefined;
  readonly characters: z.infer<typeof charactersSchema> | undefined;
  readonly judge: { readonly strangers: number; readonly random: number };
  readonly pipelines: z.infer<typeof pipelinesSchema> | undefined;
}

/** What there is of each table. @param read a JSON file; undefined where it is not there */
export async function readTables(folder: string, read: (file: string) => Promise<unknown>): Promise<Tables> {
  const of = async <T extends z.ZodType>(table: string, schema: T): Promise<z.output<T> | undefined> => {
    const found = await read(path.join(folder, table, "figures.json"));
    return found === undefined ? undefined : schema.parse(found);
  };
  const network = (id: string) => read(path.join(folder, "..", id, "figures.json"));
  const judge = z
    .object({ strangers: z.object({ accuracy: z.number() }), random: z.object({ accuracy: z.number() }) })
    .parse(await network("avatar-emotion-compact"));
  return {
    denoising: await of("table-6.1", denoisingSchema),
    magnification: await of("table-7.1", magnificationSchema),
    networks: await Promise.all(
      networks.map(async ([name, where, set, people]) => {
        let found = await network(name);
        for (const key of where) found = (found as Record<string, unknown>)[key];
        return { name, set, people, scores: z.union([scoresSchema, eyesSchema]).parse(found) };
      }),
    ),
    voices: await of("table-7.3", voicesSchema),
    characters: await of("table-7.5", charactersSchema),
    judge: { strangers: judge.strangers.accuracy, random: judge.random.accuracy },
    pipelines: await of("table-7.6", pipelinesSchema),
  };
}
