import * as z from "zod";
import { endpoint } from "./endpoint.ts";

/**
 * An interview: prompts that are shown, and spoken where wanted, one after another. A file holds one as YAML or JSON; the
 * JSON schema for editors is `extension/schemas/interview.schema.json`, made from these values.
 */

/** A tag such as `en` or `fr-CA`. */
export const languageSchema = z
  .string()
  .max(40)
  .regex(/^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*$/, "must be a language tag such as en or fr-CA");

export const promptSchema = z
  .strictObject({
    id: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,40}$/, "must be up to 40 letters, digits, - or _")
      .describe("Names the prompt in the results. Letters, digits, - and _; each once."),
    text: z.string().trim().min(1).max(2000).describe("What is shown and spoken."),
    speak: z.boolean().default(true).describe("Speak the text as well as showing it."),
    answerSeconds: z
      .number()
      .positive()
      .max(3600)
      .optional()
      .describe("The answer ends after this many seconds, or before by key."),
    until: z
      .literal("key")
      .optional()
      .describe("The answer lasts until the participant goes on by key or button."),
    pauseMs: z
      .number()
      .int()
      .min(0)
      .max(600_000)
      .default(500)
      .describe("Rest after the answer, before the next prompt."),
  })
  .refine((prompt) => (prompt.answerSeconds === undefined) !== (prompt.until === undefined), {
    message: "needs either answerSeconds or until: key",
    path: ["answerSeconds"],
  })
  .meta({ oneOf: [{ required: ["answerSeconds"] }, { required: ["until"] }] });

export const interviewSchema = z
  .strictObject({
    title: z.string().trim().min(1).max(200).describe("Name of the interview."),
    language: languageSchema
      .default("en")
      .describe("Language of the prompts, as a tag such as en or fr-CA; chooses the voice."),
    consent: z
      .string()
      .trim()
      .min(1)
      .max(5000)
      .optional()
      .describe("What the participant agrees to before anything is captured."),
    prompts: z.array(promptSchema).min(1).max(200).describe("The prompts in their order."),
  })
  .refine(({ prompts }) => new Set(prompts.map(({ id }) => id)).size === prompts.length, {
    message: "two prompts have the same id",
    path: ["prompts"],
  })
  .meta({ title: "EDIN interview" });

export const readInterview = endpoint({
  method: "post",
  path: "/api/interviews/read",
  summary: "Reads the text of an interview file, YAML or JSON. A failure names line and column.",
  request: z.strictObject({
    text: z.string().max(200_000).optional(),
    /** The bytes of the file in base64, in any encoding; instead of `text`. */
    data: z.base64().max(800_000).optional(),
  }),
  response: z.object({ interview: interviewSchema }),
});

export type Interview = z.infer<typeof interviewSchema>;
export type Prompt = z.infer<typeof promptSchema>;
