import * as z from "zod";

export const taskSchema = z.enum([
  "face",
  "landmarks",
  "eye-state",
  "gaze",
  "expression",
  "voice",
  "speech",
  "speaker",
  "eec",
  "man",
  "blend-shapes",
  "avatar-emotion",
  "animation-source",
  "animation",
  "micro-expression",
  "face-likeness",
]);

const tensorSchema = z.object({
  name: z.string(),
  type: z.literal("float32"),
  /** A string stands for a size that may vary. */
  shape: z.array(z.union([z.int().positive(), z.string()])),
  meaning: z.string(),
});

const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/);

/** How sure a network is, fitted to a set of the user's: softmax(log p / temperature + bias). */
export const calibrationSchema = z.object({
  /** Of the network that it was fitted for. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  temperature: z.number().positive(),
  /** By label; a label that the set lacked has none. */
  bias: z.record(z.string(), z.number()).optional(),
  /** Files and persons of the set. */
  n: z.int(),
  subjects: z.int().optional(),
  /** Over the paths, labels and persons of the set. */
  dataSha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Calibration error on the set, after: each fifth of the persons by a fit to the others. */
  ece: z.object({ before: z.number(), after: z.number() }),
  at: z.iso.datetime(),
});
export type Calibration = z.infer<typeof calibrationSchema>;

export const modelIdSchema = z.string().regex(/^[a-z0-9-]+$/);

/** One network of models/manifest.json; models/README.md says what each field means. */
export const modelEntrySchema = z.object({
  id: modelIdSchema,
  task: taskSchema,
  role: z.enum(["thesis", "compact", "aggregator", "external"]),
  default: z.boolean(),
  title: z.string(),
  file: z.string(),
  sha256: sha256Schema,
  bytes: z.int().positive(),
  inputs: z.array(tensorSchema).min(1),
  outputs: z.array(tensorSchema).min(1),
  labels: z.array(z.string()),
  preprocessing: z.record(z.string(), z.unknown()),
  licence: z.object({ weights: z.string(), data: z.string() }),
  card: z.string(),
  figures: z.string(),
  check: z.string(),
  /** The same network in whole numbers, which the cpu runs in its place: half the size and half the time. */
  cpu: z
    .object({ file: z.string(), sha256: sha256Schema, bytes: z.int().positive(), check: z.string() })
    .optional(),
  /** EDIN brought it, or the user imported it. Set by whoever reads the manifests. */
  origin: z.enum(["product", "user"]).optional(),
  /** What the user fitted it to. Set by whoever reads the manifests. */
  calibration: calibrationSchema.optional(),
});

export const modelManifestSchema = z.object({
  version: z.literal(1),
  models: z.array(modelEntrySchema),
  /** In the user's manifest: networks that serve a task in place of the product's default. */
  defaults: z.partialRecord(taskSchema, z.string()).optional(),
  /** In the user's manifest: what networks were fitted to, by id. */
  calibrations: z.record(z.string(), calibrationSchema).optional(),
});

/** A network of the user that is not offered, and why. */
export const leftOutModelSchema = z.object({ id: z.string(), reason: z.string() });

export type LeftOutModel = z.infer<typeof leftOutModelSchema>;
export type Task = z.infer<typeof taskSchema>;
export type ModelEntry = z.infer<typeof modelEntrySchema>;
export type ModelManifest = z.infer<typeof modelManifestSchema>;
