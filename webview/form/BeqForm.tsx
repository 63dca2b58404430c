import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { FormState, type FormBackend } from "./formState.ts";
import { Questions } from "./Questions.tsx";

export interface BeqFormProps {
  readonly backend: FormBackend;
  /** Called once the form is completed. */
  readonly onCompleted?: () => void;
}

/** The questionnaire of one session: consent, 16 statements, thanks. The same in VS Code and on the participant's page. */
export function BeqForm({ backend, onCompleted }: BeqFormProps) {
  const state = useMemo(() => new FormState(backend), [backend]);
  const declined = useSignal(false);
  const form = state.form.value;
  const unsaved = useComputed(() => state.saving.value !== "saved");
  useEffect(() => void state.load(), [state]);
  useEffect(() => {
    if (form?.completed === true) onCompleted?.();
  }, [form?.completed]);
  useEffect(() => {
    const warn = (event: BeforeUnloadEvent): void => {
      if (unsaved.value) event.preventDefault();
    };
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, [unsaved]);
  return (
    <div class="beq-form">
      {state.failure.value !== undefined && (
        <div class="form-failure" role="alert">
          <p>{state.failure.value}</p>
          <button type="button" class="form-button quiet" onClick={() => void state.load()}>
            Try again
          </button>
        </div>
      )}
      {form === undefined && state.failure.value === undefined && (
        <p role="status">Opening the questionnaire</p>
      )}
      {form !== undefined && form.completed && <Thanks />}
      {form !== undefined && !form.completed && declined.value && (
        <Declined onBack={() => (declined.value = false)} />
      )}
      {form !== undefined && !form.completed && !declined.value && !form.consent.given && (
        <Consent
          text={form.consent.text}
          onAgree={() => void state.consent()}
          onDecline={() => (declined.value = true)}
        />
      )}
      {form !== undefined && !form.completed && form.consent.given && <Questions state={state} />}
    </div>
  );
}

interface ConsentProps {
  readonly text: string;
  readonly onAgree: () => void;
  readonly onDecline: () => void;
}

function Consent({ text, onAgree, onDecline }: ConsentProps) {
  return (
    <section class="form-page">
      <h1>Before you begin</h1>
      <div class="consent-text" tabIndex={0} role="region" aria-label="Consent">
        {text}
      </div>
      <div class="form-buttons">
        <button type="button" class="form-button" onClick={onAgree}>
          I agree
        </button>
        <button type="button" class="form-button quiet" onClick={onDecline}>
          I do not agree
        </button>
      </div>
    </section>
  );
}

function Declined({ onBack }: { readonly onBack: () => void }) {
  return (
    <section class="form-page" role="status">
      <h1>You did not agree</h1>
      <p>No question is asked, and nothing was written down. You can close this page.</p>
      <div class="form-buttons">
        <button type="button" class="form-button quiet" onClick={onBack}>
          Read the text again
        </button>
      </div>
    </section>
  );
}

function Thanks() {
  return (
    <section class="form-page" role="status">
      <h1>Thank you</h1>
      <p>Your answers are saved. You can close this page.</p>
    </section>
  );
}
