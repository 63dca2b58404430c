import * as z from "zod";

/** `assignments.yaml` of a folder of clips: who labels what. Made by `edin labels assign`, edited by hand at will. */

export const annotatorSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,40}$/, "must be up to 40 letters, digits, - or _");

export const assignmentsSchema = z
  .strictObject({
    seed: z.int().min(0).max(0xffffffff).describe("Of the draw; the same seed and clips give the same list."),
    twice: z
      .number()
      .min(0)
      .max(1)
      .describe("Share of the clips that two annotators label, to measure agreement."),
    scheme: z
      .string()
      .min(1)
      .max(200)
      .describe(
        "What new labels files are made with: a scheme that comes with EDIN, or a scheme file's name.",
      ),
    annotators: z.array(annotatorSchema).min(1).max(200).describe("Pseudonyms of the annotators."),
    clips: z
      .record(z.string().min(1).max(1000), z.array(annotatorSchema).max(200))
      .describe("Each clip, by its path from this file, and who labels it."),
  })
  .meta({ title: "EDIN assignments" });

export type Assignments = z.infer<typeof assignmentsSchema>;
