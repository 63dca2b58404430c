import * as z from "zod";
import { instantSchema } from "./text.ts";
import { beqItemCount } from "../beq/items.ts";
import { endpoint } from "./endpoint.ts";
import { answerSchema, bySession, itemSchema } from "./studyRoutes.ts";

/**
 * The questionnaire of one session, twice: for the researcher by the session's id, and for the participant, whose link
 * opens this one form and nothing else (`access: "form"`). Neither names the participant or the study.
 */

export const beqFormSchema = z.object({
  /** What is asked for before the first item; `given` when it was given for this very version. */
  consent: z.object({ version: z.string(), text: z.string(), given: z.boolean() }),
  answers: z.array(answerSchema.nullable()).length(beqItemCount),
  completed: z.boolean(),
});

const form = z.object({ form: beqFormSchema });
const none = z.strictObject({});
/** The version that was read: an older one is refused. */
const consent = { version: z.string().min(1).max(100) };
const answer = { item: itemSchema, answer: answerSchema.nullable() };

export const getForm = endpoint({
  method: "get",
  path: "/api/study-sessions/:session/form",
  summary: "The questionnaire of a session as far as it is filled in.",
  request: bySession,
  response: form,
});

export const consentForm = endpoint({
  method: "post",
  path: "/api/study-sessions/:session/form/consent",
  summary: "Writes down that the participant agreed to this version of the consent text.",
  request: bySession.extend(consent),
  response: form,
});

export const answerForm = endpoint({
  method: "put",
  path: "/api/study-sessions/:session/form/answers/:item",
  summary: "Saves one answer, 1 to 7, or null to take it back. Once this is answered, it outlasts a crash.",
  request: bySession.extend(answer),
  response: form,
});

export const completeForm = endpoint({
  method: "post",
  path: "/api/study-sessions/:session/form/complete",
  summary: "Ends the form; from then on it does not change.",
  request: bySession,
  response: form,
});

export const createFormLink = endpoint({
  method: "post",
  path: "/api/study-sessions/:session/form-link",
  summary: "A URL that opens the form of a session in one browser, once. An older link of the session ends.",
  request: bySession,
  response: z.object({ url: z.url(), expiresAt: instantSchema }),
});

export const openOwnForm = endpoint({
  method: "post",
  path: "/api/form/session",
  summary: "Turns the one-time code of a form link into a cookie that opens this form only.",
  access: "code",
  request: z.strictObject({ code: z.string().max(100) }),
  response: z.object({ ok: z.literal(true) }),
});

export const getOwnForm = endpoint({
  method: "get",
  path: "/api/form",
  summary: "The form of the link.",
  access: "form",
  request: none,
  response: form,
});

export const consentOwnForm = endpoint({
  method: "post",
  path: "/api/form/consent",
  summary: "Writes down that the participant agreed to this version of the consent text.",
  access: "form",
  request: z.strictObject(consent),
  response: form,
});

export const answerOwnForm = endpoint({
  method: "put",
  path: "/api/form/answers/:item",
  summary: "Saves one answer, 1 to 7, or null to take it back.",
  access: "form",
  request: z.strictObject(answer),
  response: form,
});

export const completeOwnForm = endpoint({
  method: "post",
  path: "/api/form/complete",
  summary: "Ends the form and the link.",
  access: "form",
  request: none,
  response: form,
});

export type BeqForm = z.infer<typeof beqFormSchema>;
