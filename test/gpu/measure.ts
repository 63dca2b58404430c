/**
 * Speed and correctness of the visual path on this machine's graphics card beside its processor; the program of the pack that
 * pack.ts makes, started by run.sh. Prints a report, and leaves it as `report.txt` and `report.json` in the folder of --out.
 */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { parseArgs, promisify } from "node:util";
import { analysisSchema, type Analysis } from "../../shared/protocol/results.ts";
import { timeBatches, type BatchSpeed } from "./batches.ts";
import { compareResults } from "./compare.ts";
import { driversToTry, lackingLibraries } from "./driver.ts";
import { textOf, type Side, type Report, type Verified } from "./report.ts";

const run = promisify(execFile);
/** Of the unpacked pack. */
const here = path.join(import.meta.dirname, "../..");
const modelsDir = path.join(here, "edin/models");
const edin = path.join(here, "edin/dist/edin.js");
const ffmpeg = path.join(here, "bin/ffmpeg");
const clip = path.join(here, "clip.mp4");

const { values } = parseArgs({
  options: {
    out: { type: "string", default: "edin-gpu-report" },
    rounds: { type: "string", default: "3" },
    /** What stands for the card; cpu tries all of this where there is none. */
    device: { type: "string", default: "webgpu" },
    /** A note of a Vulkan driver (ICD); by default the machine's, or NVIDIA's. */
    driver: { type: "string" },
    /** The largest batch that is timed; 0: none. */
    most: { type: "string", default: "32" },
    /** Inside: times batches on a device and prints JSON. */
    batches: { type: "string" },
  },
});
const sides = ["cpu", "card"] as const;
const deviceOf: Record<Side, string> = { card: values.device, cpu: "cpu" };
if (values.batches !== undefined)
  process.stdout.write(JSON.stringify(await timeBatches(modelsDir, values.batches, Number(values.most))));
else await main();

async function main(): Promise<void> {
  const work = await mkdtemp(path.join(os.tmpdir(), "edin-gpu-"));
  try {
    const report = await measure(work);
    const out = path.resolve(values.out);
    await mkdir(out, { recursive: true });
    await writeFile(path.join(out, "report.json"), JSON.stringify(report, undefined, 2));
    await writeFile(path.join(out, "report.txt"), textOf(report));
    process.stdout.write(textOf(report));
    if (!report.agreement.holds || report.verified.card.some(({ ok }) => !ok)) process.exitCode = 1;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function measure(work: string): Promise<Report> {
  const lacking = await lackingLibraries(path.join(here, "lib"), path.join(work, "lib"));
  const base = {
    ...{ HOME: work, XDG_RUNTIME_DIR: work, EDIN_DATA_DIR: path.join(work, "data"), EDIN_FFMPEG: ffmpeg },
    PATH: process.env["PATH"] ?? "/usr/bin:/bin",
    LD_LIBRARY_PATH: [path.join(work, "lib"), process.env["LD_LIBRARY_PATH"]].filter(Boolean).join(":"),
  };
  const { driver, env, models } = await chooseDriver(work, base);
  const decoding = await decodingSpeed();
  const runs: Record<Side, Analysis[]> = { card: [], cpu: [] };
  for (let round = 0; round < Number(values.rounds); round++)
    for (const side of sides) {
      say(`the visual path on ${deviceOf[side]}, round ${round + 1}`);
      const results = path.join(work, side);
      await command(env, edin, "analyze", clip, "--out", results, "--force", "--device", deviceOf[side]);
      const text = await readFile(path.join(results, "analysis.json"), "utf8");
      runs[side].push(analysisSchema.parse(JSON.parse(text)));
    }
  const batches: Report["batches"] = {};
  for (const side of values.most === "0" ? [] : sides) {
    say(`batches on ${deviceOf[side]}`);
    const text = await command(env, process.argv[1]!, "--batches", deviceOf[side], "--most", values.most);
    batches[side] = JSON.parse(text) as BatchSpeed[];
  }
  const framesOf = (side: Side) => runs[side].map(({ run: { framesPerSecond } }) => framesPerSecond);
  return {
    ...{ machine: await machine(), device: deviceOf.card, driver, lackingLibraries: lacking },
    doctor: await command(env, edin, "doctor"),
    verified: { card: models, cpu: await verify(env, "cpu") },
    ...{ batches, decoding },
    framesPerSecond: { card: framesOf("card"), cpu: framesOf("cpu") },
    stages: { card: runs.card.at(-1)!.run.stages, cpu: runs.cpu.at(-1)!.run.stages },
    agreement: await compareResults(path.join(work, "card"), path.join(work, "cpu")),
  };
}

/** The first driver on which a network is right. @throws Error where there is none */
async function chooseDriver(work: string, base: Record<string, string>) {
  say(`networks on ${deviceOf.card}`);
  for (const { name: driver, env: more } of await driversToTry(work, values.driver)) {
    const env = { ...base, ...more };
    const models = await verify(env, "card");
    if (models.some(({ ok }) => ok)) return { driver, env, models };
    say(`${driver}: ${models[0]?.problem ?? "nothing was checked"}`);
  }
  const found = JSON.stringify(await machine());
  throw new Error(
    `No Vulkan driver serves here. In a container NVIDIA_DRIVER_CAPABILITIES must name "graphics". ${found}`,
  );
}

async function verify(env: Record<string, string>, side: Side): Promise<Verified[]> {
  const text = await command(env, edin, "models", "verify", "--device", deviceOf[side], "--json");
  return (JSON.parse(text) as { models: Verified[] }).models;
}

/** A command of EDIN in the pack; what it prints, whatever its exit code. */
async function command(env: Record<string, string>, ...args: string[]): Promise<string> {
  const options = { env, maxBuffer: 2 ** 26 };
  const { stdout } = await run(process.execPath, args, options).catch((error: unknown) => {
    const failed = error as { stdout?: string; stderr?: string };
    if (failed.stdout === undefined || failed.stdout === "")
      throw new Error(`${args.slice(1).join(" ")}: ${failed.stderr ?? String(error)}`);
    return { stdout: failed.stdout };
  });
  return stdout;
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

async function machine(): Promise<Report["machine"]> {
  const card = await run("nvidia-smi", [
    "--query-gpu=name,driver_version,memory.total",
    "--format=csv,noheader",
  ]).then(
    ({ stdout }) => stdout.trim(),
    () => "nvidia-smi is not here",
  );
  const [cpu] = os.cpus();
  return {
    ...{ card, cpu: cpu?.model ?? "unknown", cores: os.availableParallelism() },
    ...{ memoryGiB: Math.round(os.totalmem() / 2 ** 30), kernel: os.release(), at: new Date().toISOString() },
  };
}

async function decodingSpeed(): Promise<number> {
  const startedAt = performance.now();
  const args = ["-nostdin", "-hide_banner", "-i", clip, "-f", "null", "-"];
  const { stderr } = await run(ffmpeg, args, { maxBuffer: 2 ** 26 });
  const frames = Number([...stderr.matchAll(/frame=\s*(\d+)/g)].at(-1)?.[1] ?? 0);
  return (1000 * frames) / (performance.now() - startedAt);
}
