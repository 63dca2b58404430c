import { readFileSync, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import * as z from "zod";
import { defaultDataDir as dataDirOf } from "../shared/dataDir.ts";
import { AppError } from "../shared/errors.ts";
import { deviceChoiceSchema } from "../shared/protocol/results.ts";
import { Secret } from "./secret.ts";
import { isMissing } from "./missing.ts";

const logLevelSchema = z.enum(["debug", "info", "warn", "error", "silent"]);
const defaultDataDir = (): string => dataDirOf(process.platform, os.homedir(), process.env);
const absolutePath = z.string().refine((p) => path.isAbsolute(p), "must be an absolute path");

/** Every setting of the daemon with its default. Limits are generous for one person and finite for an attacker. */
const configSchema = z.strictObject({
  /** Database, results, recordings, token. */
  dataDir: absolutePath.default(defaultDataDir),
  modelsDir: absolutePath.default(() => path.join(import.meta.dirname, "..", "models")),
  /** The built page. */
  webviewDir: absolutePath.default(() => path.join(import.meta.dirname, "..", "dist", "webview")),
  /** On 127.0.0.1; 0 lets the system choose. */
  port: z.coerce.number().int().min(0).max(65535).default(0),
  /** A PostgreSQL server shared by several machines; without it the database lies in `dataDir`. */
  databaseUrl: z
    .url({ protocol: /^postgres(ql)?$/ })
    .transform((url) => new Secret(url))
    .optional(),
  /** `host:port` at which workers of other machines reach this one, where they share no folder with it. */
  workersListen: z
    .string()
    .regex(/^(\[[0-9a-fA-F:]+\]|[\w.-]+):\d{1,5}$/, "must be host:port")
    .optional(),
  device: deviceChoiceSchema.default("auto"),
  ffmpegPath: absolutePath.optional(),
  ffprobePath: absolutePath.optional(),
  /** The Python of trainings with PyTorch; without it one is looked for. */
  pythonPath: absolutePath.optional(),
  logLevel: logLevelSchema.default("info"),
  /** Analyses at a time; as many as the machine carries where it is not said. */
  concurrency: z.coerce.number().int().min(1).max(64).optional(),
  /** Folders that may be read from the start; more are granted by whoever holds the token. */
  roots: z.array(absolutePath).default([]),
  /** How processes on a shared database look after each other's jobs. */
  jobs: z
    .strictObject({
      /** How often a running job says that it lives. */
      beatMs: z.int().positive().default(1000),
      /** A job that was not heard of for so long is that of a dead process. */
      silentMs: z.int().positive().default(30_000),
      /** How often to look at what others do. */
      pollMs: z.int().positive().default(2000),
      /** A job whose process died is tried so often, the next time after so long, then after four times that. */
      maxTries: z.int().min(1).max(10).default(2),
      retryMs: z.int().positive().default(15_000),
      /** A worker whose disk is full begins nothing for so long. */
      fullMs: z.int().positive().default(30_000),
      /** How long the database may take for one statement before it counts as away. */
      answerMs: z.int().positive().default(20_000),
    })
    .prefault({}),
  limits: z
    .strictObject({
      bodyBytes: z.int().positive().default(1_000_000),
      connections: z.int().positive().default(128),
      sockets: z.int().positive().default(16),
      /** Requests a second, and how many may come at once before that counts. */
      requestsPerSecond: z.int().positive().default(200),
      requestsBurst: z.int().positive().default(1000),
      headersTimeoutMs: z.int().positive().default(10_000),
      requestTimeoutMs: z.int().positive().default(30_000),
      queuedJobs: z.int().positive().default(200_000),
    })
    .prefault({}),
});

export type Config = Readonly<z.infer<typeof configSchema>> & {
  /** The user's own networks. */
  readonly userModelsDir: string;
};
export type ConfigInput = z.input<typeof configSchema>;
export type LogLevel = z.infer<typeof logLevelSchema>;

/** The variables that may set a value. */
const variables = {
  EDIN_DATA_DIR: "dataDir",
  EDIN_MODELS_DIR: "modelsDir",
  EDIN_PORT: "port",
  EDIN_DATABASE_URL: "databaseUrl",
  EDIN_WORKERS_LISTEN: "workersListen",
  EDIN_DEVICE: "device",
  EDIN_FFMPEG: "ffmpegPath",
  EDIN_FFPROBE: "ffprobePath",
  EDIN_PYTHON: "pythonPath",
  EDIN_LOG_LEVEL: "logLevel",
  EDIN_CONCURRENCY: "concurrency",
} as const satisfies Record<string, keyof ConfigInput>;

/**
 * Merges defaults < `config.json` in the data folder < environment < arguments, once at start.
 * @throws AppError `invalid_config` that names the setting.
 */
export function loadConfig(
  args: Partial<ConfigInput> = {},
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Config {
  const fromEnvironment: Record<string, string> = {};
  for (const [name, key] of Object.entries(variables)) {
    const value = environment[name];
    if (value !== undefined && value !== "") fromEnvironment[key] = value;
  }
  // Where secrets come as files, as in a container.
  const urlFile = environment["EDIN_DATABASE_URL_FILE"];
  if (urlFile !== undefined && urlFile !== "") fromEnvironment["databaseUrl"] ??= readSecretFile(urlFile);
  const given = Object.fromEntries(Object.entries(args).filter(([, value]) => value !== undefined));
  const above: Record<string, unknown> = { ...fromEnvironment, ...given };
  const dataDir = typeof above["dataDir"] === "string" ? above["dataDir"] : defaultDataDir();
  const parsed = configSchema.safeParse({ ...readConfigFile(path.join(dataDir, "config.json")), ...above });
  if (!parsed.success) {
    throw new AppError("invalid_config", `Fix the configuration: ${z.prettifyError(parsed.error)}`);
  }
  Object.freeze(parsed.data.limits);
  Object.freeze(parsed.data.jobs);
  return Object.freeze({ ...parsed.data, userModelsDir: path.join(parsed.data.dataDir, "models") });
}

/**
 * What a child process gets to see: enough to find programs, libraries and a temporary folder, and variables named in
 * `more`; nothing of EDIN's own.
 */
export function childEnvironment(more: readonly string[] = []): Record<string, string> {
  const names = [...more, "PATH", "HOME", "LANG", "TMPDIR", "TEMP", "TMP", "SystemRoot", "LD_LIBRARY_PATH"];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function readSecretFile(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (cause) {
    throw new AppError("invalid_config", `${file} of EDIN_DATABASE_URL_FILE cannot be read.`, { cause });
  }
}

function readConfigFile(file: string): Record<string, unknown> {
  let text: string;
  try {
    // Reading a pipe would wait for somebody to write into it.
    if (!statSync(file).isFile()) throw new Error("no file");
    text = readFileSync(file, "utf8");
  } catch (cause) {
    if (isMissing(cause)) return {};
    throw new AppError("invalid_config", `${file} cannot be read. It has to be a file that you may read.`, {
      cause,
    });
  }
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
  } catch (cause) {
    throw new AppError("invalid_config", `${file} is not a JSON object. Fix or remove it.`, { cause });
  }
}
