import { rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { Command, Option } from "commander";
import { AppError } from "../../shared/errors.ts";
import type { ExperimentEvent } from "../../shared/protocol/experiment.ts";
import { deviceChoiceSchema, type DeviceChoice } from "../../shared/protocol/results.ts";
import { childEnvironment, loadConfig } from "../config.ts";
import { formatTable } from "./output.ts";
import { ProgressLine } from "./progress.ts";
import { isThere } from "../missing.ts";

interface Options {
  out?: string;
  force?: true;
  device?: DeviceChoice;
  json?: true;
  stdioLifetime?: true;
}

/** `edin experiment FILE`. */
export function experimentCommand(): Command {
  return new Command("experiment")
    .description("Analyse the clips of an experiment file in each of its ways, and compare.")
    .argument("<file>", "*.experiment.yaml or *.experiment.json; the README shows one")
    .option("--out <dir>", "folder for results and comparison.csv (default: <name>.results beside the file)")
    .option("--force", "replace the results of an earlier run")
    .addOption(new Option("--device <device>", "where to run").choices(deviceChoiceSchema.options))
    .option("--json", "write events as JSON lines, for another program")
    .option("--stdio-lifetime", "end when standard input closes: for a parent process that may die")
    .action(experiment);
}

async function experiment(file: string, options: Options): Promise<void> {
  const [{ planExperiment, readExperiment, runExperiment }, { comparisonCsv, comparisonTable }] =
    await Promise.all([import("../experiment/runExperiment.ts"), import("../experiment/comparison.ts")]);
  const { ExperimentTableFile } = await import("../experiment/experimentTable.ts");
  const { openModels } = await import("../inference/models.ts");
  const { findFfmpeg } = await import("../media/ffmpeg.ts");
  const { device, json = false } = options;
  const config = loadConfig(device === undefined ? {} : { device });
  const from = path.resolve(file);
  const asked = await readExperiment(from);
  const outDir = path.resolve(options.out ?? from.replace(/(\.experiment)?\.[^.]*$/, ".results"));
  const table = path.join(outDir, "comparison.csv");
  if (options.force !== true && (await isThere(table)))
    throw new AppError(
      "conflict",
      `${outDir} holds results already. --force replaces them, --out names another folder.`,
    );
  const plan = await planExperiment(asked, path.dirname(from), outDir);
  const stop = stopSignal(options.stdioLifetime === true);
  const tell = (event: ExperimentEvent): void => {
    if (json) process.stdout.write(`${JSON.stringify(event)}\n`);
  };

  const ffmpeg = await findFfmpeg(config, childEnvironment());
  await using models = await openModels(config);
  const live = await ExperimentTableFile.create(outDir, asked.title, plan);
  tell({ type: "planned", analyses: plan.length, folder: outDir });
  const line = new ProgressLine();
  let shown = -1;
  const rows = await runExperiment(plan, {
    models,
    ffmpeg,
    signal: stop,
    onEnd: (index, row) => live.ended(index, row),
    onProgress: (index, { run, name, repeat }, progress) => {
      live.progress(index, progress);
      const share = Math.min(progress.timeMs / Math.max(progress.durationMs, 1), 1);
      tell({
        type: "progress",
        index,
        run: run.name,
        clip: name,
        share,
        framesPerSecond: progress.framesPerSecond,
      });
      if (json) return;
      if (index !== shown) {
        line.end();
        const again = repeat === 1 ? "" : `, repeat ${repeat}`;
        process.stderr.write(`${index + 1} of ${plan.length}: ${run.name}, ${name}${again}\n`);
        shown = index;
      }
      line.show(progress);
    },
  })
    .finally(() => line.end())
    .catch(async (error: unknown) => {
      await live.close("stopped");
      throw error;
    });
  await live.close("done");

  await writeFile(`${table}.part`, comparisonCsv(rows));
  await rename(`${table}.part`, table);
  const failed = rows.filter(({ failure }) => failure !== undefined);
  tell({ type: "done", table, failed: failed.length });
  if (!json) {
    const { header, rows: cells } = comparisonTable(rows);
    process.stdout.write(`${asked.title}\n${formatTable(header, cells)}\nComparison: ${table}\n`);
    for (const { run, clip, failure } of failed) process.stderr.write(`${run}, ${clip}: ${failure ?? ""}\n`);
  }
  if (failed.length > 0) process.exitCode = 1;
}

/** Aborted by Ctrl-C, SIGTERM, and the end of standard input where a parent holds that. A second Ctrl-C ends at once. */
function stopSignal(stdin: boolean): AbortSignal {
  const stop = new AbortController();
  const end = (): void => stop.abort();
  process.once("SIGINT", end).once("SIGTERM", end);
  if (stdin) {
    process.stdin.once("end", end).once("error", end).resume();
    if ("unref" in process.stdin) process.stdin.unref();
  }
  return stop.signal;
}
