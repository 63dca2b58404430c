/**
 * Speed and correctness of the visual path on this machine's graphics card beside its processor; the program of the pack that
 * pack.ts makes, started by run.sh. Prints a report, and leaves it as `report.txt` and `report.json` in the folder of --out.
 */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { parseArgs, promisify } from "node:util";
import { analysisSchema, type Analysis } from "../../shared/protocol/results.ts";
import { timeBatches, type BatchSpeed } from "./batches.ts";
import { compareResults } from "./compare.ts";
import { driversToTry, lackingLibraries } from "./driver.ts";
import { textOf, type Device, type Report, type Verified } from "./report.ts";

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
    /** A note of a Vulkan driver (ICD); by default the machine's, or NVIDIA's. */
    driver: { type: "string" },
    /** The largest batch that is timed; 0: none. */
    most: { type: "string", default: "32" },
    /** Inside: times batches on a device and prints JSON. */
    batches: { type: "string" },
  },
});
if (values.batches !== undefined)
  process.stdout.write(JSON.stringify(await timeBatches(modelsDir, values.batches, Number(values.most))));
else await main();

async function main(): Promise<void> {
  const out = path.resolve(values.out);
  await mkdir(out, { recursive: true });
  const work = await mkdtemp(path.join(os.tmpdir(), "edin-gpu-"));
  const lacking = await lackingLibraries(path.join(here, "lib"), path.join(work, "lib"));
  const base = {
    ...{ HOME: work, XDG_RUNTIME_DIR: work, EDIN_DATA_DIR: path.join(work, "data"), EDIN_FFMPEG: ffmpeg },
    PATH: process.env["PATH"] ?? "/usr/bin:/bin",
    LD_LIBRARY_PATH: [path.join(work, "lib"), process.env["LD_LIBRARY_PATH"]].filter(Boolean).join(":"),
  };
  let env: Record<string, string> = base;
  /** A command of EDIN in the pack; what it prints, whatever its exit code. */
  const command = async (...args: string[]): Promise<string> => {
    const options = { env, maxBuffer: 2 ** 26, cwd: work };
    const { stdout } = await run(process.execPath, args, options).catch((error: unknown) => {
      const failed = error as { stdout?: string; stderr?: string };
      if (failed.stdout === undefined || failed.stdout === "")
        throw new Error(`${args.slice(1).join(" ")}: ${failed.stderr ?? String(error)}`);
      return { stdout: failed.stdout };
    });
    return stdout;
  };
  const verify = async (device: Device): Promise<Verified[]> =>
    (
      JSON.parse(await command(edin, "models", "verify", "--device", device, "--json")) as {
        models: Verified[];
      }
    ).models;

  say("networks on the graphics card");
  let chosen: { name: string; models: Verified[] } | undefined;
  for (const driver of await driversToTry(work, values.driver)) {
    env = { ...base, ...driver.env };
    const models = await verify("webgpu");
    chosen = { name: driver.name, models };
    if (models.some(({ ok }) => ok)) break;
    say(`${driver.name}: ${models[0]?.problem ?? "nothing was checked"}`);
  }
  if (!chosen!.models.some(({ ok }) => ok))
    throw new Error(
      `No Vulkan driver serves here. In a container NVIDIA_DRIVER_CAPABILITIES must name "graphics". ${JSON.stringify(await machine())}`,
    );

  const decoding = await decodingSpeed();
  const runs: Record<Device, Analysis[]> = { webgpu: [], cpu: [] };
  for (let round = 0; round < Number(values.rounds); round++)
    for (const device of ["cpu", "webgpu"] as const) {
      say(`the visual path on ${device}, round ${round + 1}`);
      const results = path.join(work, device);
      await command(edin, "analyze", clip, "--out", results, "--force", "--device", device);
      const text = await readFile(path.join(results, "analysis.json"), "utf8");
      runs[device].push(analysisSchema.parse(JSON.parse(text)));
    }
  const batches: Report["batches"] = {};
  if (values.most !== "0")
    for (const device of ["cpu", "webgpu"] as const) {
      say(`batches on ${device}`);
      const text = await command(process.argv[1]!, "--batches", device, "--most", values.most);
      batches[device] = JSON.parse(text) as BatchSpeed[];
    }
  const framesOf = (device: Device) => runs[device].map(({ run: { framesPerSecond } }) => framesPerSecond);
  const report: Report = {
    ...{ machine: await machine(), driver: chosen!.name, lackingLibraries: lacking },
    doctor: await command(edin, "doctor"),
    verified: { webgpu: chosen!.models, cpu: await verify("cpu") },
    ...{ batches, decoding },
    framesPerSecond: { webgpu: framesOf("webgpu"), cpu: framesOf("cpu") },
    stages: { webgpu: runs.webgpu.at(-1)!.run.stages, cpu: runs.cpu.at(-1)!.run.stages },
    agreement: await compareResults(path.join(work, "webgpu"), path.join(work, "cpu")),
  };
  await writeFile(path.join(out, "report.json"), JSON.stringify(report, undefined, 2));
  await writeFile(path.join(out, "report.txt"), textOf(report));
  process.stdout.write(textOf(report));
  if (!report.agreement.holds || report.verified.webgpu.some(({ ok }) => !ok)) process.exitCode = 1;
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
