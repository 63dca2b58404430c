import type { Endpoints } from "../../../shared/protocol/endpoints.ts";
import type { Forms } from "../../store/forms.ts";
import type { Guard } from "../guard.ts";
import type { Handlers } from "../mount.ts";

type Names =
  | "getForm"
  | "consentForm"
  | "answerForm"
  | "completeForm"
  | "createFormLink"
  | "openOwnForm"
  | "getOwnForm"
  | "consentOwnForm"
  | "answerOwnForm"
  | "completeOwnForm";

/** The form of a session, for the researcher by its id and for the participant by the cookie of its link. */
export function formHandlers(
  forms: Forms,
  guard: Guard,
  url: () => string,
): Handlers<Pick<Endpoints, Names>> {
  return {
    getForm: async ({ session }) => ({ form: await forms.get(session) }),
    consentForm: async ({ session, version }) => ({
      form: await forms.consent(session, version, "participant, on the researcher's screen"),
    }),
    answerForm: async ({ session, item, answer }) => ({ form: await forms.answer(session, item, answer) }),
    completeForm: async ({ session }) => ({ form: await forms.complete(session) }),
    async createFormLink({ session }) {
      const { code, expiresAt } = await forms.createLink(session);
      return { url: `${url()}/form#code=${code.reveal()}`, expiresAt: expiresAt.toISOString() };
    },
    async openOwnForm({ code }, { setCookie }) {
      const { cookie, expiresAt } = await forms.openLink(code);
      setCookie(guard.setFormCookie(cookie, expiresAt));
      return { ok: true };
    },
    getOwnForm: async (_, { formSession }) => ({ form: await forms.get(formSession!) }),
    consentOwnForm: async ({ version }, { formSession }) => ({
      form: await forms.consent(formSession!, version, "participant"),
    }),
    answerOwnForm: async ({ item, answer }, { formSession }) => ({
      form: await forms.answer(formSession!, item, answer),
    }),
    completeOwnForm: async (_, { formSession }) => ({ form: await forms.complete(formSession!) }),
  };
}
