import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { beqItemCount, highestAnswer, lowestAnswer } from "../../shared/beq/items.ts";
import type { FormState } from "./formState.ts";
import { Scale } from "./Scale.tsx";

const items = Array.from({ length: beqItemCount }, (_, k) => k + 1);

/** The statements, one at a time or all on one page. Keys: 1 to 7 answer, arrows choose, Enter goes on, Backspace back. */
export function Questions({ state }: { readonly state: FormState }) {
  const root = useRef<HTMLDivElement>(null);
  const single = useSignal(true);
  const current = useSignal(state.missing.value[0] ?? beqItemCount);
  const finishing = useSignal(false);
  const answers = state.answers.value;
  const go = (item: number): void => {
    finishing.value = item > beqItemCount;
    if (!finishing.value) current.value = Math.max(item, 1);
  };
  const answer = (item: number, number: number, advance: boolean): void => {
    state.answer(item, number);
    if (!advance) return;
    if (single.value) go(item + 1);
    else focusItem(root.current, item + 1);
  };
  const press = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const item = single.value ? (finishing.value ? undefined : current.value) : focusedItem(event.target);
    const number = Number(event.key);
    if (
      item !== undefined &&
      event.key >= String(lowestAnswer) &&
      event.key <= String(highestAnswer) &&
      number > 0
    ) {
      event.preventDefault();
      answer(item, number, true);
    } else if (single.value && event.key === "Backspace") {
      event.preventDefault();
      go(finishing.value ? beqItemCount : current.value - 1);
    } else if (single.value && event.key === "Enter" && item !== undefined && !isButton(event.target)) {
      event.preventDefault();
      go(item + 1);
    }
  };
  // Also when nothing has the focus. Not after the next paint: quick keys would be lost before it.
  useLayoutEffect(() => {
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
  const shown = current.value;
  const answered = beqItemCount - state.missing.value.length;
  return (
    <section class="form-page" ref={root}>
      <header class="form-head">
        <h1>How much do you agree?</h1>
        <div class="form-progress">
          <progress aria-label="Answered statements" max={beqItemCount} value={answered} />
          <span>
            {answered} of {beqItemCount} answered
          </span>
          <Saving state={state} />
        </div>
      </header>
      {finishing.value && single.value && <Finish state={state} focus onGo={go} />}
      {single.value && !finishing.value && (
        <>
          <p class="form-place">
            Statement {shown} of {beqItemCount}
          </p>
          <Scale
            key={shown}
            item={shown}
            answer={answers[shown - 1]!}
            focus
            onAnswer={(number, advance) => answer(shown, number, advance)}
          />
          <div class="form-buttons">
            <button
              type="button"
              class="form-button quiet"
              disabled={shown === 1}
              onClick={() => go(shown - 1)}
            >
              Back
            </button>
            <button type="button" class="form-button" onClick={() => go(shown + 1)}>
              {answers[shown - 1] === null ? "Skip" : "Next"}
            </button>
          </div>
        </>
      )}
      {!single.value && (
        <>
          {items.map((item) => (
            <Scale
              key={item}
              item={item}
              answer={answers[item - 1]!}
              focus={false}
              onAnswer={(number) => answer(item, number, false)}
            />
          ))}
          <Finish state={state} focus={false} onGo={(item) => focusItem(root.current, item)} />
        </>
      )}
      <footer class="form-foot">
        <button type="button" class="form-link" onClick={() => (single.value = !single.value)}>
          {single.value ? "Show all statements on one page" : "Show one statement at a time"}
        </button>
        <span class="form-hint">
          Keys: 1 to 7 answer, arrows choose{single.value && ", Backspace goes back"}.
        </span>
      </footer>
    </section>
  );
}

interface FinishProps {
  readonly state: FormState;
  /** Takes the focus: it came in the place of a statement. */
  readonly focus: boolean;
  readonly onGo: (item: number) => void;
}

/** What is left to answer, and the end of the form. */
function Finish({ state, focus, onGo }: FinishProps) {
  const busy = useSignal(false);
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => {
    if (focus) heading.current?.focus();
  }, [focus]);
  const missing = state.missing.value;
  const none = missing.length === beqItemCount;
  const finish = (): void => {
    busy.value = true;
    void state.complete().finally(() => (busy.value = false));
  };
  return (
    <div class="form-finish">
      <h2 tabIndex={-1} ref={heading}>
        {missing.length === 0 ? "All statements are answered" : `${missing.length} not answered`}
      </h2>
      {missing.length > 0 && (
        <>
          <p>You may leave statements out. These have no answer:</p>
          <ul class="form-missing">
            {missing.map((item) => (
              <li key={item}>
                <button
                  type="button"
                  class="form-button quiet"
                  aria-label={`Go to statement ${item}`}
                  onClick={() => onGo(item)}
                >
                  {item}
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
      <p>You cannot change your answers after this.</p>
      <div class="form-buttons">
        {focus && (
          <button type="button" class="form-button quiet" onClick={() => onGo(beqItemCount)}>
            Back
          </button>
        )}
        <button type="button" class="form-button" disabled={busy.value || none} onClick={finish}>
          Finish
        </button>
      </div>
    </div>
  );
}

function Saving({ state }: { readonly state: FormState }) {
  const text = {
    saved: "Saved",
    saving: "Saving",
    retrying: "Not saved yet, trying again",
  }[state.saving.value];
  return (
    <span class="form-saving" role="status" data-state={state.saving.value}>
      {text}
    </span>
  );
}

function focusedItem(target: EventTarget | null): number | undefined {
  const item =
    target instanceof Element ? target.closest<HTMLElement>("[data-item]")?.dataset["item"] : undefined;
  return item === undefined ? undefined : Number(item);
}

function focusItem(root: HTMLElement | null, item: number): void {
  const group = root?.querySelector(`[data-item="${item}"]`);
  const input = group?.querySelector<HTMLElement>("input:checked") ?? group?.querySelector("input");
  input?.focus();
  group?.scrollIntoView({ block: "nearest" });
}

const isButton = (target: EventTarget | null): boolean => target instanceof HTMLButtonElement;
