import * as z from "zod";
import type { Task } from "./models.ts";

/**
 * A training: labelled pictures or sounds, a network, and how it is to learn. A file `NAME.training.yaml` holds one; the JSON
 * schema for editors is `extension/schemas/training.schema.json`, made from these values.
 */

/** Tasks whose networks can be made here, as EDIN's analyses use them, and sets of any other labels. */
export const trainableTasks = ["expression", "eye-state", "speech", "pictures", "sounds"] as const;
export const trainingTaskSchema = z.enum(trainableTasks);
export type TrainingTask = z.infer<typeof trainingTaskSchema>;

const share = z.number().min(0.05).max(0.5);

const dataSchema = z.strictObject({
  path: z
    .string()
    .min(1)
    .max(1000)
    .describe(
      "Folder of the set, relative to this file: a sub-folder for each label, or labels.csv with path,label.",
    ),
  validation: share.default(0.2).describe("Share that the network does not learn from and is judged on."),
  test: share
    .optional()
    .describe(
      "Share that is looked at once, when everything is chosen. Without it the figures are of the validation part.",
    ),
  subjects: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .describe(
      "Column of labels.csv that names the person: nobody is in two parts. `subject` is found by itself.",
    ),
  balance: z.boolean().default(true).describe("Rare labels weigh more, so that each counts alike."),
  faces: z
    .enum(["crop", "detect"])
    .default("crop")
    .describe("crop: each picture is the face (or eye). detect: EDIN finds it first, as in an analysis."),
  seed: z.int().min(0).max(0xffffffff).default(1).describe("Of the division into parts."),
});

/** Networks that only PyTorch learns. */
const larger = ["vgg16", "resnet50", "inceptionv3", "inceptionresnet", "xception"] as const;
export const backbones = ["head", "compact", "mfcc-cnn", ...larger] as const;
export type Backbone = (typeof backbones)[number];

export const trainingBackends = ["tfjs", "pytorch"] as const;
export type BackendName = (typeof trainingBackends)[number];
/** What can learn, and which networks each has. */
export const backbonesOf: Readonly<Record<BackendName, readonly Backbone[]>> = {
  tfjs: ["head", "compact", "mfcc-cnn"],
  pytorch: ["compact", "mfcc-cnn", ...larger],
};

const networkSchema = z.strictObject({
  backbone: z
    .enum(backbones)
    .default("head")
    .describe(
      "What learns. head: a few weights on what a network of EDIN or of yours already sees. compact: a small network for pictures, from nothing. mfcc-cnn: the thesis's network for sounds, from nothing. The others are larger, from nothing, and need PyTorch.",
    ),
  of: z
    .string()
    .regex(/^[a-z0-9-]+$/, "must be an id of edin models list")
    .optional()
    .describe("head: the network below it, by id; without it the default of the task."),
  hidden: z
    .int()
    .min(0)
    .max(2048)
    .default(0)
    .describe("head: units of a hidden layer; 0 is none, which is right for most small sets."),
  width: z
    .number()
    .min(0.05)
    .max(4)
    .default(1)
    .describe("How many filters: 1 is the network as it was published; of compact 16, 32, 64 and 128."),
  input: z
    .int()
    .min(24)
    .max(320)
    .default(48)
    .describe(
      "Width and height of the pictures that it sees; the thesis has 64. A head sees what is below it.",
    ),
  dropout: z
    .number()
    .min(0)
    .max(0.9)
    .default(0.2)
    .describe("Share of what it sees that is hidden in each step."),
});

const odd = (max: number) =>
  z
    .int()
    .min(1)
    .max(max)
    .refine((n) => n % 2 === 1, "must be odd");

/** Non-local means (the thesis's algorithm 6.1). */
export const denoiseSchema = z.strictObject({
  method: z.literal("nlm").default("nlm").describe("Non-local means, as OpenCV has it for colour pictures."),
  template: z
    .union([z.literal(0), odd(31)])
    .default(3)
    .describe("Side of the squares that are compared, pixels; odd. 0 leaves the pictures as they are."),
  search: odd(51)
    .default(21)
    .describe("Side of the window in which like squares are looked for, pixels; odd."),
  h: z.number().min(0.1).max(100).default(10).describe("Strength for lightness."),
  hColor: z.number().min(0.1).max(100).default(10).describe("Strength for colour."),
  on: z
    .enum(["train", "all"])
    .default("train")
    .describe("train: only what is learned from; analyses see pictures as they are, and so does the judge."),
});

const augmentSchema = z.strictObject({
  flip: z.boolean().default(false).describe("Half of the pictures are mirrored."),
  rotateDeg: z.number().min(0).max(45).default(0).describe("Turned by up to so many degrees."),
  scale: z.number().min(0).max(0.5).default(0).describe("Larger or smaller by up to this share."),
  noise: z.number().min(0).max(0.3).default(0).describe("Deviation of added noise, as a share of the range."),
  pitch: z.number().min(0).max(12).default(0).describe("Sounds: higher or lower by up to so many semitones."),
  speed: z.number().min(0).max(0.5).default(0).describe("Sounds: faster or slower by up to this share."),
});

const trainSchema = z.strictObject({
  epochs: z.int().min(1).max(1000).default(30).describe("At most so many passes over the set."),
  batch: z.int().min(1).max(4096).default(64).describe("Samples a step."),
  optimizer: z.enum(["adamw", "adam", "sgd"]).default("adamw").describe("sgd has a momentum of .9."),
  rate: z.number().gt(0).max(1).default(0.001).describe("Learning rate; it falls to nothing along a cosine."),
  decay: z.number().min(0).max(1).default(0.01).describe("Weight decay of adamw."),
  seeds: z
    .array(z.int().min(0).max(0xffffffff))
    .min(1)
    .max(10)
    .default([1])
    .describe("One training each, from other first weights; the figures say how far they differ."),
  stopAfter: z
    .int()
    .min(1)
    .max(1000)
    .default(6)
    .describe("Stops when so many epochs in a row were no better. The best is kept in any case."),
});

export const trainingSchema = z
  .strictObject({
    title: z.string().trim().min(1).max(200).describe("What is trained; stands in the card."),
    task: trainingTaskSchema
      .default("expression")
      .describe(
        "pictures and sounds take any labels; their networks are for yourself, analyses do not use them.",
      ),
    data: dataSchema,
    denoise: denoiseSchema.optional().describe("Takes noise from the pictures first."),
    network: networkSchema.prefault({}),
    augment: augmentSchema
      .optional()
      .describe(
        "Changes of what is learned from: of pictures drawn anew in each epoch, of sounds three copies of each. Not for a head, which learns from what another network sees.",
      ),
    train: trainSchema.prefault({}),
    backend: z
      .enum(["auto", ...trainingBackends])
      .default("auto")
      .describe(
        "tfjs comes with EDIN. pytorch needs a Python with PyTorch: the setting edin.pythonPath, a .venv beside this file or above it, or python3 on the PATH. auto takes the first that has the network and is there, and says why.",
      ),
    grid: z
      .record(z.string(), z.array(z.unknown()).min(1).max(20))
      .optional()
      .describe(
        "Settings by their path, such as network.hidden, with the values to try: one run for each combination.",
      ),
  })
  .superRefine(({ task, network, data, denoise, augment, backend }, context) => {
    const fault = (path: string[], message: string) => context.addIssue({ code: "custom", path, message });
    const sound = isOfSounds(task);
    if (network.backbone !== "head" && sound !== (network.backbone === "mfcc-cnn"))
      fault(
        ["network", "backbone"],
        sound
          ? `${network.backbone} learns from pictures; for sounds there are head and mfcc-cnn`
          : "mfcc-cnn learns from sounds; for pictures there are head, compact and the larger ones",
      );
    if (backend !== "auto" && !backbonesOf[backend].includes(network.backbone))
      fault(["backend"], `${backend} has no ${network.backbone}; it has ${backbonesOf[backend].join(", ")}`);
    if (network.backbone === "compact" && backend !== "pytorch" && network.input % 8 !== 0)
      fault(["network", "input"], "of compact must be a multiple of 8");
    if (denoise !== undefined && sound) fault(["denoise"], "non-local means is for pictures");
    if (network.backbone === "head" && augment !== undefined)
      fault(["augment"], "a head learns from what another network sees; there are no pictures to change");
    if (task === "eye-state" && data.faces === "detect")
      fault(["data", "faces"], "eyes are learned from pictures of one eye: crop");
  })
  .meta({ title: "EDIN training" });

/** Every default filled in. */
export type Training = z.output<typeof trainingSchema>;

/** What precision, recall and F1 are of one label (the thesis's equations 5.10 to 5.13 are these with accuracy). */
const classScoreSchema = z.object({
  n: z.int(),
  precision: z.number(),
  recall: z.number(),
  f1: z.number(),
});
const intervalSchema = z.tuple([z.number(), z.number()]).readonly();
const estimateSchema = z.object({ value: z.number(), interval: intervalSchema.optional() });

/** Confidence against accuracy of the samples of one bin of confidence. */
const reliabilityBinSchema = z.object({ n: z.int(), confidence: z.number(), accuracy: z.number() });

/** How one network did on the part that it was judged on. */
export const trainingFiguresSchema = z.object({
  /** Which part that was. */
  part: z.enum(["validation", "test"]),
  n: z.int(),
  subjects: z.int().optional(),
  accuracy: estimateSchema,
  macroF1: estimateSchema,
  uar: estimateSchema,
  intervalMethod: z.string(),
  majorityBaseline: z.number(),
  /** Before and after temperature scaling. */
  ece: z.object({ before: z.number(), after: z.number(), temperature: z.number() }),
  reliability: z.array(reliabilityBinSchema),
  perClass: z.record(z.string(), classScoreSchema),
  labels: z.array(z.string()),
  /** Row: truth, column: answer. */
  confusion: z.array(z.array(z.int())),
  /** The surest wrong answers. */
  worst: z.array(
    z.object({
      path: z.string(),
      truth: z.string(),
      said: z.string(),
      probability: z.number(),
      /** A small copy as a data URI, of pictures. */
      picture: z.string().startsWith("data:image/jpeg;base64,").optional(),
    }),
  ),
});
export type TrainingFigures = z.infer<typeof trainingFiguresSchema>;

export const trainingEpochSchema = z.object({
  type: z.literal("epoch"),
  /** Of the grid, from 0. */
  run: z.int(),
  seed: z.int(),
  /** From 1. */
  epoch: z.int(),
  epochs: z.int(),
  /** Of the validation part. */
  loss: z.number(),
  accuracy: z.number(),
  macroF1: z.number(),
  /** Of the part that it learns from, as it learned. */
  trainLoss: z.number(),
  trainAccuracy: z.number(),
  /** Learning rate. */
  rate: z.number(),
  /** The best so far of this seed. */
  best: z.boolean(),
  seconds: z.number(),
  secondsLeft: z.number(),
});
export type TrainingEpoch = z.infer<typeof trainingEpochSchema>;

/** One way of the grid when it is done. */
export const trainedRunSchema = z.object({
  run: z.int(),
  /** What the grid set, by path. */
  settings: z.record(z.string(), z.unknown()),
  /** Accuracy and macro-F1 of each seed, at its best epoch. */
  seeds: z.array(
    z.object({ seed: z.int(), epoch: z.int(), accuracy: z.number(), macroF1: z.number(), loss: z.number() }),
  ),
  /** Of the seed whose network was kept. */
  figures: trainingFiguresSchema,
  /** Id of the network that was made. */
  network: z.string(),
  sha256: z.string(),
});
export type TrainedRun = z.infer<typeof trainedRunSchema>;

const partsSchema = z.object({ train: z.int(), validation: z.int(), test: z.int() });

/** What `edin train --json` writes, one a line. */
export const trainingEventSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("planned"),
    title: z.string(),
    runs: z.int(),
    seeds: z.array(z.int()),
    labels: z.array(z.string()),
    samples: partsSchema,
    subjects: partsSchema.optional(),
    folder: z.string(),
    notes: z.array(z.string()),
  }),
  /** Files are read, and what the network below sees in them. */
  z.object({ type: z.literal("reading"), done: z.int(), total: z.int() }),
  z.object({
    type: z.literal("backend"),
    backend: z.enum(trainingBackends),
    device: z.string(),
    reason: z.string(),
  }),
  /** Something that whoever trains should know now. */
  z.object({ type: z.literal("note"), note: z.string() }),
  trainingEpochSchema,
  trainedRunSchema.extend({ type: z.literal("run") }),
  z.object({
    type: z.literal("done"),
    /** The network that was made; of a grid the one that did best on the validation part. */
    network: z.string(),
    /** What `edin models import` takes. */
    folder: z.string(),
    /** It is among the user's networks already. */
    imported: z.boolean(),
    accuracy: z.number(),
    macroF1: z.number(),
    notes: z.array(z.string()),
  }),
]);
export type TrainingEvent = z.infer<typeof trainingEventSchema>;

/** `training.json` of a training that is done. */
export const trainingResultSchema = z.object({
  schemaVersion: z.literal(1),
  title: z.string(),
  task: trainingTaskSchema,
  training: z.record(z.string(), z.unknown()),
  /** SHA-256 over the paths, labels, subjects and bytes of the set. */
  dataSha256: z.string(),
  backend: z.object({ backend: z.string(), device: z.string(), reason: z.string() }),
  versions: z.record(z.string(), z.string()),
  samples: partsSchema,
  subjects: partsSchema.optional(),
  labels: z.array(z.string()),
  epochs: z.array(trainingEpochSchema),
  runs: z.array(trainedRunSchema),
  network: z.string(),
  notes: z.array(z.string()),
  unreadable: z.array(z.object({ path: z.string(), reason: z.string() })),
});
export type TrainingResult = z.infer<typeof trainingResultSchema>;

/** Whether a set of this task holds sounds; else it holds pictures. */
export function isOfSounds(task: TrainingTask): boolean {
  return task === "speech" || task === "sounds";
}

/** The tasks of networks that a training can be for. */
export const importableTask = (task: TrainingTask): Task | undefined =>
  task === "pictures" || task === "sounds" ? undefined : task;
