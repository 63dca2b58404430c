import { constants } from "node:fs";
import { access, chmod } from "node:fs/promises";
import path from "node:path";
import { AppError } from "../../shared/errors.ts";
import { runTool } from "./process.ts";

/** The programs that read and write media, and the environment that they are given. */
export interface Ffmpeg {
  readonly ffmpeg: string;
  readonly ffprobe: string;
  /** As `ffmpeg -version` says it. */
  readonly version: string;
  /** The year of its release, as it says itself. */
  readonly year?: number | undefined;
  readonly source: "setting" | "path" | "bundled";
  /** The whole environment of the child processes. Never holds the daemon's token. */
  readonly environment: Readonly<Record<string, string>>;
  /** The option that keeps every frame with its own time: `-vsync` up to ffmpeg 5, `-fps_mode` after. */
  readonly frameTimes: readonly string[];
}

/** What everything that reads media takes. */
export interface MediaOptions {
  /** Absent: the npm packages' programs. */
  readonly ffmpeg?: Ffmpeg | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface FfmpegSettings {
  readonly ffmpegPath?: string | undefined;
  readonly ffprobePath?: string | undefined;
}

/**
 * Finds ffmpeg: the setting, then PATH, then the npm package. A setting that does not work is an error, not a reason to
 * try others. ffprobe is the setting's, or the one beside that ffmpeg, or PATH's, or the npm package's.
 * @param environment all that the programs will see of the environment; its PATH is searched.
 * @throws AppError `ffmpeg_missing`
 */
export async function findFfmpeg(
  settings: FfmpegSettings = {},
  environment: Readonly<Record<string, string>> = {},
): Promise<Ffmpeg> {
  const { ffmpegPath, ffprobePath } = settings;
  const folders = searchFolders(environment);
  const ffmpeg = await firstThatRuns("ffmpeg", ffmpegPath, folders, environment);
  const beside = path.dirname(ffmpeg.program);
  const ffprobe = await firstThatRuns("ffprobe", ffprobePath, [beside, ...folders], environment);
  // `-fps_mode` came with libavfilter 8.44; `-vsync` is on its way out.
  const filterMajor = Number(/libavfilter\s+(\d+)\./.exec(ffmpeg.answer)?.[1] ?? 0);
  return {
    ffmpeg: ffmpeg.program,
    ffprobe: ffprobe.program,
    version: /^ffmpeg version (\S+)/.exec(ffmpeg.answer)?.[1] ?? "unknown",
    year: Number(/Copyright \(c\) \d{4}-(\d{4})/.exec(ffmpeg.answer)?.[1]) || undefined,
    source: ffmpegPath ? "setting" : folders.includes(beside) ? "path" : "bundled",
    // The npm ffprobe is linked statically and crashes on the system's gconv modules (names of MPEG-TS programmes).
    environment: { ...environment, GCONV_PATH: "/nonexistent" },
    frameTimes: [filterMajor >= 9 ? "-fps_mode" : "-vsync", "passthrough"],
  };
}

let bundledTools: Promise<Ffmpeg> | undefined;

/** The npm packages' programs, for callers that were given none. Looked for once. */
export function defaultFfmpeg(): Promise<Ffmpeg> {
  bundledTools ??= findFfmpeg();
  return bundledTools;
}

type Name = "ffmpeg" | "ffprobe";

async function firstThatRuns(
  name: Name,
  setting: string | undefined,
  folders: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<{ program: string; answer: string }> {
  const file = process.platform === "win32" ? `${name}.exe` : name;
  const onPath = folders.map((folder) => path.join(folder, file));
  for (const program of setting ? [setting] : [...onPath, await bundledProgram(name)]) {
    const answer = program && (await versionAnswer(program, environment));
    if (answer?.startsWith(`${name} version`)) return { program: program!, answer };
  }
  throw new AppError(
    "ffmpeg_missing",
    setting
      ? `The ${name} of the settings, ${setting}, does not start. Correct the setting, or clear it to let EDIN look for ${name} itself.`
      : `No ${name} was found on PATH or among the npm packages. Install ffmpeg, or set the path of ${name}.`,
  );
}

async function versionAnswer(program: string, environment: Readonly<Record<string, string>>) {
  const executable = await access(program, constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!executable) return undefined;
  const limits = { timeoutMs: 10_000, maxOutputBytes: 64 * 1024 };
  const run = runTool(program, ["-version"], { environment, ...limits });
  const { code, stdout } = await run.catch(() => ({ code: undefined, stdout: "" }));
  return code === 0 ? stdout.toString() : undefined;
}

/** Relative entries of PATH would let the current folder choose the program: they are left out. */
function searchFolders(environment: Readonly<Record<string, string>>): string[] {
  return (environment["PATH"] ?? "").split(path.delimiter).filter((folder) => path.isAbsolute(folder));
}

/** The packages' modules throw on platforms that they have no program for. */
async function bundledProgram(name: Name): Promise<string | undefined> {
  const installer =
    name === "ffmpeg" ? import("@ffmpeg-installer/ffmpeg") : import("@ffprobe-installer/ffprobe");
  const program = await installer.then(
    (found) => found.path,
    () => undefined,
  );
  // ffprobe's package sets the execute bit in an install script, which `--ignore-scripts` leaves out.
  if (program && process.platform !== "win32") {
    await access(program, constants.X_OK).catch(() => chmod(program, 0o755).catch(() => undefined));
  }
  return program;
}
