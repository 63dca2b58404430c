import { readdir, readFile, access, constants } from "node:fs/promises";
import type { Ffmpeg } from "../media/ffmpeg.ts";
import { runTool } from "../media/process.ts";

/** What finds the user's sound server. */
export const soundVariables = [
  "XDG_RUNTIME_DIR",
  "PULSE_SERVER",
  "DBUS_SESSION_BUS_ADDRESS",
  "ALSA_CONFIG_PATH",
];

/** A camera or a microphone, as ffmpeg knows it. */
export interface Device {
  readonly id: string;
  readonly name: string;
}
export interface Devices {
  readonly cameras: Device[];
  readonly microphones: Device[];
  /** Why one of the lists is empty. */
  readonly reason?: string;
}

/** Cameras and microphones of this machine. */
export async function listDevices(ffmpeg: Ffmpeg): Promise<Devices> {
  switch (process.platform) {
    case "linux":
      return listLinux(ffmpeg);
    case "darwin":
      return explain(
        readAvfoundation(await ask(ffmpeg, "-f", "avfoundation", "-list_devices", "true", "-i", "")),
      );
    case "win32":
      return explain(readDshow(await ask(ffmpeg, "-list_devices", "true", "-f", "dshow", "-i", "dummy")));
    default:
      return explain({ cameras: [], microphones: [] });
  }
}

/** ffmpeg's arguments for a camera of {@link listDevices}. The size is a wish: Video4Linux takes the nearest. */
export function cameraInput(id: string): string[] {
  switch (process.platform) {
    case "darwin":
      return ["-f", "avfoundation", "-framerate", "30", "-i", `${id}:none`];
    case "win32":
      return ["-f", "dshow", "-rtbufsize", "64M", "-i", `video=${id}`];
    default:
      return ["-f", "v4l2", "-framerate", "30", "-video_size", "1280x720", "-i", id];
  }
}

/** ffmpeg's arguments for a microphone of {@link listDevices}. */
export function microphoneInput(id: string): string[] {
  switch (process.platform) {
    case "darwin":
      return ["-f", "avfoundation", "-i", `none:${id}`];
    case "win32":
      return ["-f", "dshow", "-audio_buffer_size", "50", "-i", `audio=${id}`];
    default: {
      const [system = "", name = ""] = id.split(/:(.*)/s);
      return ["-f", system, "-i", name];
    }
  }
}

async function listLinux(ffmpeg: Ffmpeg): Promise<Devices> {
  const cameras = await listVideo4Linux();
  const microphones = [];
  for (const system of ["pulse", "alsa"]) {
    const sources = readSources(await ask(ffmpeg, "-sources", system));
    microphones.push(...sources.map(({ id, name }) => ({ id: `${system}:${id}`, name })));
    // ALSA's devices are PulseAudio's once more.
    if (microphones.length > 0) break;
  }
  const unreadable: string[] = [];
  for (const { id } of cameras)
    if (
      !(await access(id, constants.R_OK).then(
        () => true,
        () => false,
      ))
    )
      unreadable.push(id);
  if (unreadable.length === 0) return explain({ cameras, microphones });
  const reason = `This user may not read ${unreadable.join(", ")}. Add the user to the group video, and log in again.`;
  return { cameras: cameras.filter(({ id }) => !unreadable.includes(id)), microphones, reason };
}

/** A camera has several nodes; the first one, index 0, gives pictures. */
async function listVideo4Linux(folder = "/sys/class/video4linux"): Promise<Device[]> {
  const nodes = await readdir(folder).catch(() => []);
  const cameras = [];
  for (const node of nodes.sort((a, b) => a.localeCompare(b, "en", { numeric: true }))) {
    const read = (name: string) => readFile(`${folder}/${node}/${name}`, "utf8").catch(() => "");
    if ((await read("index")).trim() === "0")
      cameras.push({ id: `/dev/${node}`, name: (await read("name")).trim() || node });
  }
  return cameras;
}

/** Of `ffmpeg -sources pulse|alsa`: `* id [name] (media types)`, `*` the default one. Not what plays instead of hearing. */
export function readSources(text: string): Device[] {
  return [...text.matchAll(/^[* ] ?\s*(\S+) \[(.*?)\](?: \(.*\))?$/gm)]
    .map(([, id = "", name = ""]) => ({ id, name }))
    .filter(({ id }) => id !== "null" && !id.endsWith(".monitor"));
}

/** Of avfoundation's list: `[0] FaceTime HD Camera` under a heading for each kind. */
export function readAvfoundation(text: string): Devices {
  const devices: Devices = { cameras: [], microphones: [] };
  let list: Device[] = devices.cameras;
  for (const line of text.split("\n")) {
    if (line.includes("AVFoundation video devices")) list = devices.cameras;
    else if (line.includes("AVFoundation audio devices")) list = devices.microphones;
    const [, id, name] = /\] \[(\d+)\] (.+?)\s*$/.exec(line) ?? [];
    if (id !== undefined && name !== undefined && !name.startsWith("Capture screen")) list.push({ id, name });
  }
  return devices;
}

/** Of dshow's list: `"Name" (video)`, in old versions under a heading for each kind. */
export function readDshow(text: string): Devices {
  const devices: Devices = { cameras: [], microphones: [] };
  let kind = "video";
  for (const line of text.split("\n")) {
    if (line.includes("DirectShow audio devices")) kind = "audio";
    const [, name, said = kind] = /\]\s+"(.+)"(?: \((video|audio)[^)]*\))?\s*$/.exec(line) ?? [];
    if (name === undefined || line.includes("Alternative name")) continue;
    (said === "audio" ? devices.microphones : devices.cameras).push({ id: name, name });
  }
  return devices;
}

function explain(devices: Devices): Devices {
  const missing = [
    ...(devices.cameras.length === 0 ? ["no camera"] : []),
    ...(devices.microphones.length === 0 ? ["no microphone"] : []),
  ];
  if (missing.length === 0) return devices;
  const where =
    process.platform === "darwin"
      ? "Allow the terminal or the editor to use them in the privacy settings."
      : "A capture page in a browser can use those of the machine where you sit.";
  return { ...devices, reason: `ffmpeg finds ${missing.join(" and ")} on this machine. ${where}` };
}

/** What ffmpeg says, on either stream: it lists devices as a message and then fails. */
async function ask(ffmpeg: Ffmpeg, ...args: string[]): Promise<string> {
  const { stdout, words } = await runTool(ffmpeg.ffmpeg, ["-hide_banner", "-nostdin", ...args], {
    environment: ffmpeg.environment,
    timeoutMs: 10_000,
    maxOutputBytes: 1 << 20,
  });
  return `${stdout.toString("utf8")}\n${words}`;
}
