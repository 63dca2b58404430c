import * as z from "zod";

/** What `edin labels agreement` computes. A value that cannot be computed is null, and `reason` says why. */

const list = <Item extends z.ZodType>(item: Item) => z.array(item).readonly();
const value = z.number().nullable();
/** Lower and upper end of 95 %. */
const interval = z.tuple([z.number(), z.number()]).readonly().nullable();
const reason = z.string().optional();

export const figureSchema = z.object({ value, interval, reason });

export const timePairSchema = z.object({
  a: z.string(),
  b: z.string(),
  /** Steps that both labelled. */
  n: z.number(),
  agreement: value,
  kappa: value,
  interval,
  reason,
});

export const eventPairSchema = z.object({
  a: z.string(),
  b: z.string(),
  matched: z.number(),
  unmatchedA: z.number(),
  unmatchedB: z.number(),
  /** Share of the matched annotations with the same label. */
  agreement: value,
  /** Of the matched ones. */
  kappa: value,
  /** With unmatched ones as a label of their own. */
  kappaWithUnmatched: value,
  /** Of annotations with the same label whose intersection is half of their union or more. */
  f1At50: value,
  reason,
});

export const intervalTierAgreementSchema = z.object({
  tier: z.string(),
  kind: z.literal("interval"),
  time: z.object({
    pairs: list(timePairSchema),
    fleiss: z.object({ kappa: value, interval, reason }),
    alpha: figureSchema,
    perLabel: list(z.object({ label: z.string(), kappa: value, reason })),
  }),
  events: z.object({
    /** Of the longer one, that makes two annotations match. */
    overlap: z.number(),
    pairs: list(eventPairSchema),
    gamma: figureSchema,
  }),
  /** Rows: the first of each pair in alphabetical order; columns: the second; steps of time over all pairs. */
  confusion: z.object({ labels: list(z.string()), counts: list(list(z.number())) }),
});

export const pointPairSchema = z.object({
  a: z.string(),
  b: z.string(),
  matched: z.number(),
  onlyA: z.number(),
  onlyB: z.number(),
  f1: value,
  /** Above 0 where b is later. */
  meanOffsetMs: value,
  reason,
});

export const pointTierAgreementSchema = z.object({
  tier: z.string(),
  kind: z.literal("point"),
  toleranceMs: z.number(),
  pairs: list(pointPairSchema),
});

export const tracePairSchema = z.object({
  a: z.string(),
  b: z.string(),
  n: z.number(),
  pearson: value,
  ccc: value,
  /** Above 0 where b is later. */
  bestLagMs: value,
  reason,
});

export const traceTierAgreementSchema = z.object({
  tier: z.string(),
  kind: z.literal("trace"),
  icc: z.object({ icc21: value, icc2k: value, icc31: value, icc3k: value, reason }),
  alpha: figureSchema,
  pairs: list(tracePairSchema),
});

export const tierAgreementSchema = z.discriminatedUnion("kind", [
  intervalTierAgreementSchema,
  pointTierAgreementSchema,
  traceTierAgreementSchema,
]);

/** How the intervals were drawn. */
export const intervalMethodSchema = z.object({
  method: z.enum(["clips", "blocks of time", "none"]),
  /** Of a block. */
  blockMs: z.number().optional(),
  resamples: z.number(),
  seed: z.number(),
});

export const agreementSchema = z.object({
  stepMs: z.number(),
  /** Time without an annotation: a category `(none)`, or left out. */
  unlabelled: z.enum(["category", "missing"]),
  clips: list(z.string()),
  annotators: list(z.string()),
  intervals: intervalMethodSchema,
  tiers: list(tierAgreementSchema),
  /** The same for each clip by itself; absent where there is one. */
  byClip: list(
    z.object({ clip: z.string(), annotators: list(z.string()), tiers: list(tierAgreementSchema) }),
  ).optional(),
  /** What a reader should know, in sentences. */
  notes: list(z.string()),
});

/** A stretch of time, or a moment, of which annotators do not say the same. */
export const disagreementSchema = z.object({
  tier: z.string(),
  clip: z.string(),
  face: z.int().positive().optional(),
  startMs: z.number(),
  endMs: z.number(),
  /** What each says, or `(none)`. */
  labels: z.record(z.string(), z.string()),
});

/** Agreement over the time of a clip: the mean share of pairs that say the same, bin by bin. */
export const agreementOverTimeSchema = z.object({
  tier: z.string(),
  clip: z.string(),
  face: z.int().positive().optional(),
  binMs: z.number(),
  shares: list(z.number()),
});

export type Figure = z.infer<typeof figureSchema>;
export type TimePair = z.infer<typeof timePairSchema>;
export type EventPair = z.infer<typeof eventPairSchema>;
export type IntervalTierAgreement = z.infer<typeof intervalTierAgreementSchema>;
export type PointPair = z.infer<typeof pointPairSchema>;
export type PointTierAgreement = z.infer<typeof pointTierAgreementSchema>;
export type TracePair = z.infer<typeof tracePairSchema>;
export type TraceTierAgreement = z.infer<typeof traceTierAgreementSchema>;
export type TierAgreement = z.infer<typeof tierAgreementSchema>;
export type IntervalMethod = z.infer<typeof intervalMethodSchema>;
export type Agreement = z.infer<typeof agreementSchema>;
export type Disagreement = z.infer<typeof disagreementSchema>;
export type AgreementOverTime = z.infer<typeof agreementOverTimeSchema>;
