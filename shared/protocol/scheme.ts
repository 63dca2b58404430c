import * as z from "zod";

/**
 * A coding scheme: the tiers that annotators fill and the labels that they may give. `NAME.scheme.yaml` (or .json) holds
 * one; a labels file names it, or carries it. The JSON schema for editors is `extension/schemas/scheme.schema.json`, made
 * from these values.
 */

export const tierIdSchema = z
  .string()
  .regex(/^[a-z0-9_-]{1,40}$/, "must be up to 40 of a-z, 0-9, - and _")
  .describe("Names the tier in labels files; each once.");

const labelSchema = z
  .strictObject({
    id: z.string().trim().min(1).max(80).describe("What is written into labels files; each once a tier."),
    key: z
      .string()
      .regex(/^\S$/u, "must be one character that the keyboard types")
      .optional()
      .describe("The key that gives this label."),
    color: z
      .string()
      .regex(/^#[0-9a-fA-F]{6}$/, "must be a colour such as #c9a227")
      .optional()
      .describe("Colour on the timeline; one is chosen where none is given."),
    note: z.string().max(500).optional().describe("What tells this label from others, shown to annotators."),
  })
  .meta({ title: "Label" });

/**
 * Kinds of tiers, by what they hold. Editor, checks, agreement, evaluation, datasets and files of other programs go by that alone: a
 * kind that holds the same as another one is an entry here.
 */
export const tierKinds = Object.freeze({
  interval: { holds: "stretches" },
  point: { holds: "moments" },
  trace: { holds: "values" },
} as const satisfies Readonly<Record<string, { readonly holds: "stretches" | "moments" | "values" }>>);

type TierKind = keyof typeof tierKinds;

/** Stretches of time, moments, or a value that is rated while the clip plays. */
export function holds({ kind }: { readonly kind: TierKind }): (typeof tierKinds)[TierKind]["holds"] {
  return tierKinds[kind].holds;
}

const namesEachOnce = (names: readonly string[]): boolean => new Set(names).size === names.length;

export const tierSchema = z
  .strictObject({
    id: tierIdSchema,
    title: z.string().trim().min(1).max(80).optional().describe("Shown instead of the id."),
    kind: z
      .enum(Object.keys(tierKinds) as [TierKind, ...TierKind[]])
      .describe("Stretches of time, moments, or a value that is rated while the clip plays."),
    exclusive: z
      .boolean()
      .optional()
      .describe(
        "Annotations of this tier never overlap (of one face, where perFace is true). Yes by default.",
      ),
    perFace: z.boolean().optional().describe("One tier for each face that an analysis follows."),
    parent: tierIdSchema.optional().describe("Annotations lie inside one of this other tier's annotations."),
    labels: z.array(labelSchema).max(200).optional().describe("The labels in the order they are shown."),
    intensity: z
      .array(z.string().trim().min(1).max(20))
      .max(20)
      .optional()
      .describe("Degrees that an annotation may have, the weakest first: [A, B, C, D, E]."),
    apex: z
      .boolean()
      .optional()
      .describe("Annotations mark the moment of greatest strength between onset and offset."),
    minimumMs: z.number().min(0).optional().describe("Shorter annotations are told."),
    maximumMs: z.number().positive().optional().describe("Longer annotations are told."),
    required: z
      .enum(["some", "whole"])
      .optional()
      .describe("A clip is done when the tier has some annotation, or covers the whole clip."),
    minimum: z.number().optional().describe("Of a trace: the lowest value."),
    maximum: z.number().optional().describe("Of a trace: the highest value."),
    rateHz: z.number().positive().max(1000).optional().describe("Of a trace: values a second."),
    showOthers: z
      .boolean()
      .optional()
      .describe("Of a trace: what colleagues rated is shown below one's own while rating."),
  })
  .refine(({ labels = [] }) => namesEachOnce(labels.map(({ id }) => id)), {
    message: "two labels have the same id",
    path: ["labels"],
  })
  .refine(({ labels = [] }) => namesEachOnce(labels.flatMap(({ key }) => key ?? [])), {
    message: "two labels have the same key",
    path: ["labels"],
  })
  .refine(({ kind, labels = [] }) => holds({ kind }) === "values" || labels.length > 0, {
    message: "needs labels",
    path: ["labels"],
  })
  .refine(({ minimum = 0, maximum = 1 }) => minimum < maximum, {
    message: "must be above minimum",
    path: ["maximum"],
  })
  .meta({ title: "Tier" });

export const schemeSchema = z
  .strictObject({
    title: z.string().trim().min(1).max(200).describe("Name of the scheme."),
    note: z.string().max(5000).optional().describe("Instructions for annotators."),
    blind: z
      .boolean()
      .optional()
      .describe("Annotators see neither the model nor colleagues until they mark a clip as done."),
    tiers: z.array(tierSchema).min(1).max(100).describe("The tiers from top to bottom."),
  })
  .refine(({ tiers }) => namesEachOnce(tiers.map(({ id }) => id)), {
    message: "two tiers have the same id",
    path: ["tiers"],
  })
  .superRefine(({ tiers }, context) => {
    tiers.forEach(({ id, parent }, i) => {
      if (parent === undefined) return;
      if (parent !== id && tiers.some((other) => other.id === parent && holds(other) === "stretches")) return;
      context.addIssue({
        code: "custom",
        path: ["tiers", i, "parent"],
        message: `There is no other interval tier ${parent}.`,
      });
    });
  })
  .meta({ title: "EDIN coding scheme" });

export type SchemeLabel = z.infer<typeof labelSchema>;
export type Tier = z.infer<typeof tierSchema>;
export type Scheme = z.infer<typeof schemeSchema>;
