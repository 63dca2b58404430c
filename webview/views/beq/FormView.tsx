import { useMemo } from "preact/hooks";
import { answerForm, completeForm, consentForm, getForm } from "../../../shared/protocol/beqForm.ts";
import { ViewLink } from "../../components/ViewLink.tsx";
import { BeqForm } from "../../form/BeqForm.tsx";
import type { FormBackend } from "../../form/formState.ts";
import type { Host } from "../../host.ts";

/** The questionnaire of a session on the researcher's screen. */
export function FormView({ host, session }: { readonly host: Host; readonly session: string }) {
  const backend = useMemo<FormBackend>(
    () => ({
      get: async () => (await host.call(getForm, { session })).form,
      consent: async (version) => (await host.call(consentForm, { session, version })).form,
      answer: async (item, answer) => (await host.call(answerForm, { session, item, answer })).form,
      complete: async () => (await host.call(completeForm, { session })).form,
    }),
    [host, session],
  );
  return (
    <div class="page">
      <nav aria-label="Studies" class="row">
        <ViewLink view={{ view: "beq" }}>All studies</ViewLink>
      </nav>
      <BeqForm backend={backend} />
    </div>
  );
}
