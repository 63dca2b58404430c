import { AppError } from "../../shared/errors.ts";

export interface Input {
  readonly id: string;
  readonly name: string;
}

/** Devices of this browser; `""` as id means none is wanted. */
export interface InputChoice {
  readonly camera: string;
  readonly microphone: string;
}

/**
 * Cameras and microphones of the browser. Before the user has allowed one, browsers tell at most that there are some:
 * without a name or an id, which then stands for the browser's default.
 */
export async function listInputs(): Promise<{ cameras: Input[]; microphones: Input[] }> {
  const devices = await mediaDevices().enumerateDevices();
  const of = (kind: MediaDeviceKind, what: string): Input[] =>
    devices
      .filter((device) => device.kind === kind)
      .map((device, i) => ({ id: device.deviceId || "default", name: device.label || `${what} ${i + 1}` }));
  return { cameras: of("videoinput", "Camera"), microphones: of("audioinput", "Microphone") };
}

/**
 * Opens what was chosen: at most 720p at 30 frames a second, and sound as the microphone gives it, since what makes a call
 * pleasant takes the feeling out of a voice. @throws AppError `device_unavailable` with what to do
 */
export async function openInputs({ camera, microphone }: InputChoice): Promise<MediaStream> {
  const device = (id: string) => (id === "default" ? {} : { deviceId: { exact: id } });
  try {
    return await mediaDevices().getUserMedia({
      video: camera !== "" && {
        ...device(camera),
        width: { ideal: 1280 },
        height: { ideal: 720 },
        frameRate: { ideal: 30, max: 60 },
      },
      audio: microphone !== "" && {
        ...device(microphone),
        echoCancellation: false,
        noiseSuppression: false,
        autoGainControl: false,
      },
    });
  } catch (cause) {
    throw new AppError("device_unavailable", explain(cause), { cause });
  }
}

function mediaDevices(): MediaDevices {
  // Absent on addresses that the browser does not take for secure, whatever the types say.
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (devices !== undefined) return devices;
  throw new AppError(
    "device_unavailable",
    "This browser gives no camera or microphone to this address. Open the page at 127.0.0.1 in a current browser.",
  );
}

const explanations: Readonly<Record<string, string>> = {
  NotAllowedError:
    "The browser or the system refuses camera or microphone. Allow them in the settings of this site, beside the address, and in the system's privacy settings; then start again.",
  NotFoundError: "There is no such camera or microphone. Connect one, or choose another; then start again.",
  OverconstrainedError:
    "The chosen camera or microphone is gone. Choose another from the list; then start again.",
  NotReadableError:
    "Camera or microphone cannot be read. Close other programs that use them; then start again.",
};

function explain(cause: unknown): string {
  const name = cause instanceof DOMException ? cause.name : "";
  return (
    explanations[name] ?? "Camera or microphone did not start. Connect them again, reload, and start again."
  );
}
