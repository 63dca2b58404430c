import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { CaptureSession } from "../../capture/captureSession.ts";
import { Button } from "../../components/Button.tsx";
import { alone } from "../../host/route.ts";
import type { InterviewRunner } from "../../interview/runner.ts";

export interface ParticipantViewProps {
  readonly capture: CaptureSession;
  readonly runner: InterviewRunner;
  /** Escape: the researcher's view. */
  readonly onLeave: () => void;
}

/** What a participant sees of an interview: the question and one button; neither the own face nor what a network says of it. */
export function ParticipantView({ capture, runner, onLeave }: ParticipantViewProps) {
  const video = useRef<HTMLVideoElement>(null);
  const stage = useRef<HTMLElement>(null);
  useEffect(() => {
    alone.value = true;
    return () => {
      alone.value = false;
    };
  }, []);
  // Not after the next paint: a key that is pressed as soon as the stage is seen would be lost before it.
  useLayoutEffect(() => {
    // Some browsers give pictures only of an element that shows the stream.
    const element = video.current!;
    element.srcObject = capture.stream;
    capture.attach(element);
    stage.current?.focus();
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === "Escape") onLeave();
      else if (event.key === " " && event.target === stage.current) {
        event.preventDefault();
        runner.next();
      }
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [capture, runner]);
  const phase = runner.phase.value;
  const asking = "prompt" in phase;
  return (
    <section
      ref={stage}
      class="participant-view"
      aria-label="Interview"
      tabIndex={-1}
      data-phase={phase.kind}
    >
      <video ref={video} class="unseen" muted autoPlay playsInline aria-hidden="true" />
      <p class="muted">
        {runner.interview.title}
        {asking && `, ${phase.number} of ${runner.interview.prompts.length}`}
      </p>
      <p class="prompt" lang={runner.interview.language} aria-live="assertive">
        {asking && phase.kind !== "pause" && phase.prompt.text}
        {phase.kind === "done" && "That was the last question. Thank you."}
        {phase.kind === "stopped" && "The interview was stopped."}
      </p>
      {asking && <Button onClick={() => runner.next()}>Go on</Button>}
    </section>
  );
}
