import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { listLiveDevices, type LiveDevices, type LiveSource } from "../../../shared/protocol/live.ts";
import { Notice } from "../../components/Notice.tsx";
import { Waiting } from "../../components/Progress.tsx";
import { Select } from "../../components/Select.tsx";
import { useAttempt } from "../../data/attempt.ts";
import type { Host } from "../../host.ts";

export interface DeviceChoiceProps {
  readonly host: Host;
  readonly onChange: (source: LiveSource | undefined) => void;
}

/** Cameras and microphones of the machine that the daemon runs on. */
export function DeviceChoice({ host, onChange }: DeviceChoiceProps) {
  const devices = useSignal<LiveDevices | undefined>(undefined);
  const attempt = useAttempt();
  const camera = useSignal("");
  const microphone = useSignal("");
  const choose = (): void => {
    const source = {
      ...(camera.value !== "" && { camera: camera.value }),
      ...(microphone.value !== "" && { microphone: microphone.value }),
    };
    onChange(Object.keys(source).length === 0 ? undefined : { kind: "devices", ...source });
  };
  useEffect(() => {
    attempt.run(
      host.call(listLiveDevices, {}).then((found) => {
        devices.value = found;
        camera.value = found.cameras[0]?.id ?? "";
        microphone.value = found.microphones[0]?.id ?? "";
        choose();
      }),
    );
  }, [host]);
  if (attempt.failure.value !== undefined) return <Notice kind="error">{attempt.failure.value}</Notice>;
  if (devices.value === undefined) return <Waiting label="Looking for devices" />;
  const { cameras, microphones, reason } = devices.value;
  return (
    <>
      {reason !== undefined && <Notice kind="info">{reason}</Notice>}
      {cameras.length + microphones.length > 0 && (
        <div class="row">
          <InputSelect label="Camera" input={camera} devices={cameras} onChange={choose} />
          <InputSelect label="Microphone" input={microphone} devices={microphones} onChange={choose} />
        </div>
      )}
    </>
  );
}

export interface InputSelectProps {
  readonly label: "Camera" | "Microphone";
  /** The id that is chosen; empty for none. */
  readonly input: { value: string };
  readonly devices: readonly { readonly id: string; readonly name: string }[];
  readonly onChange?: () => void;
}

/** A choice of one device, or of none. */
export function InputSelect({ label, input, devices, onChange }: InputSelectProps) {
  const options = [
    ...devices.map(({ id, name }) => ({ value: id, text: name })),
    { value: "", text: `No ${label.toLowerCase()}` },
  ];
  return (
    <label class="field">
      <span>{label}</span>
      <Select
        label={label}
        value={input.value}
        options={options}
        onChange={(id) => {
          input.value = id;
          onChange?.();
        }}
      />
    </label>
  );
}
