import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { listInputs, type Input } from "../../capture/inputs.ts";
import type { CaptureOptions } from "../../capture/captureSession.ts";
import { Checkbox } from "../../components/Checkbox.tsx";
import { InputPreview } from "./InputPreview.tsx";
import { Button } from "../../components/Button.tsx";
import { useAttempt } from "../../data/attempt.ts";
import { Failure } from "../../components/Failure.tsx";
import type { Host } from "../../host.ts";
import { InputSelect } from "../live/DeviceChoice.tsx";
import { configOf, SessionForm, useSessionChoice } from "../live/SessionForm.tsx";

export interface CaptureRequest extends Omit<CaptureOptions, "onSound"> {
  /** The participant sees the questions and nothing else. */
  readonly questionsOnly: boolean;
}

export interface CaptureStartProps {
  readonly host: Host;
  /** Rejects where it cannot start. */
  readonly onStart: (request: CaptureRequest) => Promise<void>;
}

/** What is chosen and agreed to before camera and microphone are opened. */
export function CaptureStart({ host, onStart }: CaptureStartProps) {
  const cameras = useSignal<readonly Input[]>([]);
  const microphones = useSignal<readonly Input[]>([]);
  const camera = useSignal("default");
  const microphone = useSignal("default");
  const choice = useSessionChoice();
  const questionsOnly = useSignal(true);
  const listing = useAttempt();
  const attempt = useAttempt();

  useEffect(() => {
    const list = (): void => {
      listing.run(
        listInputs().then((found) => {
          cameras.value = found.cameras;
          microphones.value = found.microphones;
          camera.value = still(camera.value, found.cameras);
          microphone.value = still(microphone.value, found.microphones);
        }),
      );
    };
    list();
    // Absent where the page gets no devices at all; the list has said so.
    const devices = navigator.mediaDevices as MediaDevices | undefined;
    devices?.addEventListener("devicechange", list);
    // Voices are loaded when they are first asked for.
    speechSynthesis.getVoices();
    return () => devices?.removeEventListener("devicechange", list);
  }, []);

  const start = (): void => {
    attempt.run(
      onStart({
        inputs: { camera: camera.value, microphone: microphone.value },
        pipeline: choice.pipeline.value,
        config: configOf(choice),
        record: choice.record.value,
        consent: { text: choice.text, givenAt: new Date().toISOString() },
        questionsOnly: questionsOnly.value,
        ...(choice.participant.value && { participant: choice.participant.value }),
        ...(choice.interview.value !== undefined && { interview: choice.interview.value }),
      }),
    );
  };

  const nothing = camera.value === "" && microphone.value === "";
  return (
    <div class="page live-start">
      <h1>Capture</h1>
      <p>Camera and microphone of this browser, analysed by the daemon on this computer as they come.</p>
      <div class="row">
        <InputSelect label="Camera" input={camera} devices={cameras.value} />
        <InputSelect label="Microphone" input={microphone} devices={microphones.value} />
      </div>
      {!attempt.busy && <InputPreview inputs={{ camera: camera.value, microphone: microphone.value }} />}
      <Failure of={listing} />
      <SessionForm host={host} choice={choice} attempt={attempt} needsConsent>
        {choice.interview.value !== undefined && (
          <Checkbox
            label="The participant sees the questions only (Escape leads back)"
            checked={questionsOnly.value}
            onChange={(checked) => (questionsOnly.value = checked)}
          />
        )}
        <Button icon="record" disabled={!choice.agreed.value || nothing || attempt.busy} onClick={start}>
          {attempt.busy ? "Starting" : "Start"}
        </Button>
        {nothing && <span class="muted">Choose a camera or a microphone.</span>}
      </SessionForm>
    </div>
  );
}

/** The choice while the device is there; else the first one, or none. */
function still(chosen: string, inputs: readonly Input[]): string {
  return inputs.some(({ id }) => id === chosen) ? chosen : (inputs[0]?.id ?? "");
}
