import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Interview } from "../../../shared/protocol/interview.ts";
import { listInputs, type Input } from "../../capture/inputs.ts";
import type { CaptureOptions } from "../../capture/captureSession.ts";
import { defaultPipeline, type LivePipeline } from "../../../shared/protocol/pipelines.ts";
import { Button } from "../../components/Button.tsx";
import { Checkbox } from "../../components/Checkbox.tsx";
import { Notice } from "../../components/Notice.tsx";
import { Select } from "../../components/Select.tsx";
import type { Host } from "../../host.ts";
import { errorText } from "../../data/text.ts";
import { Consent, consentText } from "../live/Consent.tsx";
import { InputSelect } from "../live/DeviceChoice.tsx";
import { InterviewFile } from "../live/InterviewFile.tsx";
import { livePipelines } from "../live/liveText.ts";

export type CaptureRequest = Omit<CaptureOptions, "onSound">;

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
  const pipeline = useSignal<LivePipeline>(defaultPipeline);
  const record = useSignal(false);
  const interview = useSignal<Interview | undefined>(undefined);
  const agreed = useSignal(false);
  const starting = useSignal(false);
  const failure = useSignal<string | undefined>(undefined);
  const text = consentText(record.value, interview.value?.consent);

  useEffect(() => {
    const list = (): void => {
      listInputs()
        .then((found) => {
          cameras.value = found.cameras;
          microphones.value = found.microphones;
          camera.value = still(camera.value, found.cameras);
          microphone.value = still(microphone.value, found.microphones);
        })
        .catch((error: unknown) => (failure.value = errorText(error)));
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
    failure.value = undefined;
    starting.value = true;
    onStart({
      inputs: { camera: camera.value, microphone: microphone.value },
      pipeline: pipeline.value,
      record: record.value,
      consent: { text, givenAt: new Date().toISOString() },
      ...(interview.value !== undefined && { interview: interview.value }),
    })
      .catch((error: unknown) => (failure.value = errorText(error)))
      .finally(() => (starting.value = false));
  };

  const nothing = camera.value === "" && microphone.value === "";
  return (
    <div class="page live-start">
      <h1>Capture</h1>
      <p>Camera and microphone of this browser, analysed by the daemon on this computer as they come.</p>
      <div class="row">
        <InputSelect label="Camera" input={camera} devices={cameras.value} />
        <InputSelect label="Microphone" input={microphone} devices={microphones.value} />
        <label class="field">
          <span>Pipeline</span>
          <Select
            label="Pipeline"
            value={pipeline.value}
            options={livePipelines}
            onChange={(next) => (pipeline.value = next)}
          />
        </label>
      </div>
      <Checkbox
        label="Record pictures, sound and results"
        checked={record.value}
        onChange={(checked) => {
          record.value = checked;
          // What was agreed to was another text.
          agreed.value = false;
        }}
      />
      <InterviewFile
        host={host}
        interview={interview.value}
        onChange={(chosen) => {
          interview.value = chosen;
          agreed.value = false;
        }}
      />
      <Consent text={text} given={agreed.value} onChange={(given) => (agreed.value = given)} />
      {failure.value !== undefined && <Notice kind="error">{failure.value}</Notice>}
      <div class="row">
        <Button icon="record" disabled={!agreed.value || nothing || starting.value} onClick={start}>
          {starting.value ? "Starting" : "Start"}
        </Button>
        {nothing && <span class="muted">Choose a camera or a microphone.</span>}
      </div>
    </div>
  );
}

/** The choice while the device is there; else the first one, or none. */
function still(chosen: string, inputs: readonly Input[]): string {
  return inputs.some(({ id }) => id === chosen) ? chosen : (inputs[0]?.id ?? "");
}
