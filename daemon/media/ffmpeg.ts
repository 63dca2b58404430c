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
  readonly source: "setting" | "path" | "bundled";
  /** The whole environment of the child processes. Never holds the daemon's token. */
  readonly environment: Readonly<Record<string, string>>;
  /** The option that keeps every frame with its own time: `-vsync` up to ffmpeg 5, `-fps_mode` after. */
  readonly frameTimes: readonly string[];
}

export interface FindFfmpegOptions {
  /** The user's setting: the ffmpeg program. When it does not work that is an error, not a reason to try others. */
  readonly configured?: string | undefined;
  /** The value of PATH. */
  readonly searchPath?: string | undefined;
  readonly environment?: Readonly<Record<string, string>> | undefined;
}

/**
 * Finds ffmpeg in the setting, then on PATH, then among the npm packages. ffprobe is looked for beside the ffmpeg that
 * was found, then on PATH, then among the npm packages.
 * @throws AppError `ffmpeg_missing`
 */
export async function findFfmpeg(options: FindFfmpegOptions = {}): Promise<Ffmpeg> {
  const environment = options.environment ?? {};
  if (options.configured) {
    const found = await tryFfmpeg(options.configured, "setting", options.searchPath, environment);
    if (found) return found;
    throw new AppError(
      "ffmpeg_missing",
      `The ffmpeg of the settings, ${options.configured}, does not start. Correct the setting, or clear it to let EDIN look for ffmpeg itself.`,
    );
  }
  for (const folder of searchFolders(options.searchPath)) {
    const candidate = path.join(folder, programName("ffmpeg"));
    const found = await tryFfmpeg(candidate, "path", options.searchPath, environment);
    if (found) return found;
  }
  const bundled = await bundledProgram("ffmpeg");
  const found = bundled && (await tryFfmpeg(bundled, "bundled", options.searchPath, environment));
  if (found) return found;
  throw new AppError(
    "ffmpeg_missing",
    "No ffmpeg was found in the settings, on PATH or among the npm packages. Install ffmpeg, or set its path.",
  );
}

let bundledTools: Promise<Ffmpeg> | undefined;

/** The npm packages' ffmpeg, for callers that were given none. Looked for once. */
export function defaultFfmpeg(): Promise<Ffmpeg> {
  bundledTools ??= findFfmpeg();
  return bundledTools;
}

async function tryFfmpeg(
  ffmpeg: string,
  source: Ffmpeg["source"],
  searchPath: string | undefined,
  environment: Readonly<Record<string, string>>,
): Promise<Ffmpeg | undefined> {
  const answer = await versionOf(ffmpeg, environment);
  const version = answer && /^ffmpeg version (\S+)/.exec(answer)?.[1];
  if (!version) return undefined;
  const siblings = [path.join(path.dirname(ffmpeg), programName("ffprobe"))];
  const onPath = searchFolders(searchPath).map((folder) => path.join(folder, programName("ffprobe")));
  for (const ffprobe of [...siblings, ...onPath, await bundledProgram("ffprobe")]) {
    if (ffprobe && (await versionOf(ffprobe, environment))?.startsWith("ffprobe version")) {
      const filterMajor = Number(/libavfilter\s+(\d+)\./.exec(answer)?.[1] ?? 0);
      const frameTimes = [filterMajor >= 9 ? "-fps_mode" : "-vsync", "passthrough"];
      return { ffmpeg, ffprobe, version, source, environment, frameTimes };
    }
  }
  throw new AppError(
    "ffmpeg_missing",
    `ffmpeg is there (${ffmpeg}) but no ffprobe was found beside it, on PATH or among the npm packages. Install the whole of ffmpeg.`,
  );
}

async function versionOf(program: string, environment: Readonly<Record<string, string>>) {
  const runs = await access(program, constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!runs) return undefined;
  const limits = { timeoutMs: 10_000, maxOutputBytes: 64 * 1024 };
  const { code, stdout } = await runTool(program, ["-version"], { environment, ...limits });
  return code === 0 ? stdout.toString("utf8") : undefined;
}

/** Relative entries of PATH would let the current folder choose the program: they are left out. */
function searchFolders(searchPath: string | undefined): string[] {
  return (searchPath ?? "").split(path.delimiter).filter((folder) => path.isAbsolute(folder));
}

function programName(name: string): string {
  return process.platform === "win32" ? `${name}.exe` : name;
}

/** The packages' modules throw on platforms that they have no program for. */
async function bundledProgram(name: "ffmpeg" | "ffprobe"): Promise<string | undefined> {
  const program = await (
    name === "ffmpeg" ? import("@ffmpeg-installer/ffmpeg") : import("@ffprobe-installer/ffprobe")
  ).then(
    (installer) => installer.path,
    () => undefined,
  );
  // ffprobe's package sets the execute bit in an install script, which `--ignore-scripts` leaves out.
  if (program && process.platform !== "win32") {
    await access(program, constants.X_OK).catch(() => chmod(program, 0o755).catch(() => undefined));
  }
  return program;
}
