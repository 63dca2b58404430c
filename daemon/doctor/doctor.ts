import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { rm, statfs, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { AppError, isAppError, toAppError } from "../../shared/errors.ts";
import type { Check } from "../../shared/protocol/system.ts";
import { childEnvironment, type Config } from "../config.ts";
import { createLog } from "../log.ts";
import { version } from "../version.ts";
import { checkDevices } from "./devices.ts";
import { makePrivateFolder } from "../store/privateFolder.ts";
import { counted } from "../../shared/text/counted.ts";

type Examination = (config: Config) => Promise<readonly Check[]>;

/** What is looked at, in the order of the report. */
const examinations: readonly (readonly [name: string, Examination])[] = Object.freeze([
  ["versions", checkVersions],
  ["node", checkNode],
  ["ffmpeg", checkFfmpeg],
  ["decoding", checkDecoding],
  ["models", checkModels],
  ["devices", checkDevices],
  ["data folder", checkDataFolder],
  ["database", checkDatabase],
]);

/** Looks at everything that EDIN needs from this machine. A part that cannot be looked at is reported as failed. */
export async function examine(config: Config): Promise<Check[]> {
  const checks: Check[] = [];
  for (const [name, examination] of examinations) {
    try {
      checks.push(...(await examination(config)));
    } catch (error) {
      const { code, message } = toAppError(error);
      checks.push({ name, state: "failed", detail: code, advice: message });
    }
  }
  return checks;
}

async function checkVersions(): Promise<Check[]> {
  const { runtimeVersion } = await import("../inference/session.ts");
  const machine = `${os.platform()} ${os.arch()}, ${os.availableParallelism()} cores, ${gigabytes(os.totalmem())}`;
  return [
    { name: "versions", state: "ok", detail: `EDIN ${version}, ONNX Runtime ${runtimeVersion}, ${machine}` },
  ];
}

function checkNode(): Promise<Check[]> {
  const supported = Number(process.versions.node.split(".")[0]) >= 20;
  const check: Check = { name: "node", state: supported ? "ok" : "failed", detail: process.version };
  return Promise.resolve([supported ? check : { ...check, advice: "Install Node 20 or newer." }]);
}

/** Versions from this one on have every option and repair that EDIN would like. */
const currentFfmpegMajor = 5;

async function checkFfmpeg(config: Config): Promise<Check[]> {
  const { findFfmpeg } = await import("../media/ffmpeg.ts");
  const found = await findFfmpeg(config, childEnvironment());
  const age = found.year === undefined ? "" : ` of ${found.year}`;
  const detail = `${found.version}${age} (${found.source}: ${found.ffmpeg})`;
  const major = Number(/^n?(\d{1,2})\./.exec(found.version)?.[1]);
  if (found.source === "bundled" || major < currentFfmpegMajor)
    return [
      {
        name: "ffmpeg",
        state: "warning",
        detail,
        advice:
          "It works but is old. Install a current ffmpeg and put it on PATH, or name it in EDIN_FFMPEG.",
      },
    ];
  return [{ name: "ffmpeg", state: "ok", detail }];
}

/** Of all that ffmpeg was built with, whether or not this machine has the chip for it. */
async function checkDecoding(config: Config): Promise<Check[]> {
  const [{ findFfmpeg }, { runTool }] = await Promise.all([
    import("../media/ffmpeg.ts"),
    import("../media/process.ts"),
  ]);
  const { ffmpeg, environment } = await findFfmpeg(config, childEnvironment());
  const limits = { timeoutMs: 10_000, maxOutputBytes: 64 * 1024 };
  const { stdout } = await runTool(ffmpeg, ["-hide_banner", "-hwaccels"], { environment, ...limits });
  const [, ...offered] = stdout.toString().trim().split(/\s*\n/);
  const others = offered.length === 0 ? "no other" : offered.join(", ");
  const detail = `on the processor, so that a clip gives the same bytes on every machine (ffmpeg offers ${others})`;
  return [{ name: "decoding", state: "ok", detail }];
}

async function checkModels(config: Config): Promise<Check[]> {
  const { verifyModels } = await import("../inference/verify.ts");
  const models = await verifyModels(config, "cpu");
  const wrong = models.filter((m) => !m.ok);
  if (wrong.length === 0)
    return [
      {
        name: "models",
        state: "ok",
        detail: `${counted(models.length, "network")} verified: stored outputs come out`,
      },
    ];
  return wrong.map((m) => ({
    name: "models",
    state: "failed" as const,
    detail: `${m.id}: ${m.code ?? "failed"}`,
    advice: m.problem ?? "Restore the network from the release.",
  }));
}

/** Results of an hour of video take tens of megabytes; recordings take more. */
const littleSpaceBytes = 2e9;

async function checkDataFolder({ dataDir }: Config): Promise<Check[]> {
  const name = "data folder";
  const file = path.join(dataDir, `.doctor-${randomUUID()}`);
  try {
    await makePrivateFolder(dataDir);
    await writeFile(file, "");
    await rm(file);
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError(
      "store_unavailable",
      `${dataDir} cannot be written. Fix its permissions, or choose another with EDIN_DATA_DIR.`,
      { cause },
    );
  }
  const { bavail, bsize } = await statfs(dataDir);
  const free = bavail * bsize;
  const detail = `${dataDir}, ${gigabytes(free)} free`;
  if (free >= littleSpaceBytes) return [{ name, state: "ok", detail }];
  return [{ name, state: "warning", detail, advice: "Make room: recordings and results need it." }];
}

async function checkDatabase(config: Config): Promise<Check[]> {
  const name = "database";
  const embedded = config.databaseUrl === undefined;
  if (embedded && !existsSync(path.join(config.dataDir, "db")))
    return [{ name, state: "ok", detail: "embedded; made at the first start" }];
  const { openStore } = await import("../store/store.ts");
  try {
    await using store = await openStore(config, createLog("silent"));
    const analyses = await store.db.selectFrom("analyses").select("id").execute();
    const where = store.embedded ? "embedded" : "PostgreSQL server";
    return [{ name, state: "ok", detail: `${where}, ${counted(analyses.length, "analysis", "analyses")}` }];
  } catch (error) {
    if (!isAppError(error, "conflict")) throw error;
    return [{ name, state: "ok", detail: "embedded; a daemon is using it" }];
  }
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
