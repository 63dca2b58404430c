import * as z from "zod";

const values = z.array(z.number()).readonly();
const interval = z.tuple([z.number(), z.number()]).readonly();

/** A chart of a report as what it shows, so that it can be drawn at any width. */
export const chartSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("means"),
    title: z.string(),
    valueName: z.string(),
    levels: z
      .array(z.object({ name: z.string(), mean: z.number().optional(), interval: interval.optional() }))
      .readonly(),
    /** A value of each level, or null. */
    people: z.array(z.array(z.number().nullable()).readonly()).readonly(),
  }),
  z.object({
    kind: z.literal("forest"),
    title: z.string(),
    xName: z.string(),
    /** Ends of the axis. */
    range: interval,
    ticks: values,
    /** What the rows are held against. */
    reference: z.number(),
    rows: z
      .array(
        z.object({
          name: z.string(),
          /** Absent where it could not be computed. */
          value: z.number().optional(),
          interval: interval.optional(),
        }),
      )
      .readonly(),
  }),
  z.object({
    kind: z.literal("scatter"),
    title: z.string(),
    subtitle: z.string(),
    xName: z.string(),
    yName: z.string(),
    x: values,
    /** On the questionnaire's scale. */
    y: values,
  }),
  z.object({
    kind: z.literal("bland-altman"),
    title: z.string(),
    first: values,
    second: values,
    limits: z.object({
      bias: z.number(),
      limits: interval,
      biasInterval: interval,
      lowerLimitInterval: interval,
      upperLimitInterval: interval,
    }),
  }),
  z.object({ kind: z.literal("histogram"), title: z.string(), scores: values }),
  z.object({
    kind: z.literal("reliability"),
    title: z.string(),
    subtitle: z.string(),
    bins: z
      .array(z.object({ n: z.number(), confidence: z.number().nullable(), accuracy: z.number().nullable() }))
      .readonly(),
  }),
]);

export type Chart = z.infer<typeof chartSchema>;
export type ChartOf<Kind extends Chart["kind"]> = Extract<Chart, { kind: Kind }>;
