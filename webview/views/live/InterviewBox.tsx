import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { Button } from "../../components/Button.tsx";
import type { InterviewRunner } from "../../interview/runner.ts";

/** Shows the prompts of an interview; the space bar goes on, as the button does. */
export function InterviewBox({
  runner,
  nowMs,
}: {
  readonly runner: InterviewRunner;
  readonly nowMs: () => number;
}) {
  const box = useRef<HTMLElement>(null);
  const phase = runner.phase.value;
  // Not after the next paint: a key that is pressed as soon as the box is seen would be lost before it.
  useLayoutEffect(() => {
    const goOn = (event: KeyboardEvent): void => {
      // In a control the space bar keeps its own meaning.
      const target = event.target as HTMLElement;
      if (event.key !== " " || (target !== document.body && target !== box.current)) return;
      event.preventDefault();
      runner.next();
    };
    addEventListener("keydown", goOn);
    box.current?.focus();
    return () => removeEventListener("keydown", goOn);
  }, [runner]);
  const number = "number" in phase ? phase.number : undefined;
  return (
    <section ref={box} class="interview" aria-label="Interview" tabIndex={-1} data-phase={phase.kind}>
      <div class="row">
        <h2>{runner.interview.title}</h2>
        <span class="muted">
          {number === undefined ? "" : `${number} of ${runner.interview.prompts.length}`}
          {phase.kind === "answer" && " – your answer"}
        </span>
        {phase.kind === "answer" && phase.endsMs !== undefined && (
          <Remaining key={number} endsMs={phase.endsMs} nowMs={nowMs} />
        )}
      </div>
      <p class="prompt" lang={runner.interview.language} aria-live="assertive">
        {"prompt" in phase && phase.kind !== "pause" && phase.prompt.text}
        {phase.kind === "done" && "That was the last question. Thank you."}
        {phase.kind === "stopped" && "The interview was stopped."}
      </p>
      {"prompt" in phase && (
        <div class="row">
          <Button icon="arrow-right" onClick={() => runner.next()}>
            Go on
          </Button>
          <Button icon="debug-stop" secondary onClick={() => runner.stop()}>
            Stop the interview
          </Button>
          <span class="muted small">The space bar goes on.</span>
        </div>
      )}
    </section>
  );
}

function Remaining({ endsMs, nowMs }: { readonly endsMs: number; readonly nowMs: () => number }) {
  const seconds = useSignal(left(endsMs, nowMs));
  useEffect(() => {
    const timer = setInterval(() => (seconds.value = left(endsMs, nowMs)), 500);
    return () => clearInterval(timer);
  }, []);
  return <span class="muted">{seconds} s left</span>;
}

function left(endsMs: number, nowMs: () => number): number {
  return Math.max(Math.ceil((endsMs - nowMs()) / 1000), 0);
}
