import path from "node:path";
import { Command, Option } from "commander";
import { AppError } from "../../shared/errors.ts";
import { deviceChoiceSchema, type DeviceChoice } from "../../shared/protocol/results.ts";
import type { TrainingEvent } from "../../shared/protocol/training.ts";
import { childEnvironment, loadConfig } from "../config.ts";
import { isThere } from "../missing.ts";
import { printTable } from "./output.ts";
import { counted } from "../../shared/text/counted.ts";

interface Options {
  out?: string;
  force?: true;
  import: boolean;
  device?: DeviceChoice;
  json?: true;
}

/** `edin train FILE`. */
export function trainCommand(): Command {
  return new Command("train")
    .description("Train a network on labelled pictures or sounds, as a training file says.")
    .argument("<file>", "*.training.yaml or *.training.json; the README shows one")
    .option("--out <dir>", "folder for network, figures and card (default: <name>.trained beside the file)")
    .option("--force", "replace the results of an earlier run")
    .option("--no-import", "leave the network in its folder instead of taking it among your own")
    .addOption(
      new Option(
        "--device <device>",
        "what computes: the network below a head, and what learns where it can be had there",
      ).choices(deviceChoiceSchema.options),
    )
    .option("--json", "write events as JSON lines, for another program")
    .action(run);
}

async function run(file: string, { json, device, out, force, import: importIt }: Options): Promise<void> {
  const [{ networkId, readTraining }, { train }, { findFfmpeg }] = await Promise.all([
    import("../training/trainingFile.ts"),
    import("../training/train.ts"),
    import("../media/ffmpeg.ts"),
  ]);
  const config = loadConfig(device === undefined ? {} : { device });
  const from = path.resolve(file);
  const { plan } = await readTraining(from);
  const outDir = path.resolve(out ?? from.replace(/(\.training)?\.[^.]*$/, ".trained"));
  if (force !== true && (await isThere(path.join(outDir, "training.json"))))
    throw new AppError(
      "conflict",
      `${outDir} holds results already. --force replaces them, --out names another folder.`,
    );
  const stop = new AbortController();
  const enough = new AbortController();
  process.once("SIGTERM", () => stop.abort());
  process.on("SIGINT", () => (enough.signal.aborted || !learning ? stop.abort() : enough.abort()));
  let learning = false;
  const line = new EventLines();
  await train(plan, {
    ...{ folders: config, device: config.device, folder: path.dirname(from), id: networkId(from) },
    ...{ outDir, kept: path.join(outDir, ".unfinished"), importIt, packages: config.dataDir },
    ...{ python: config.pythonPath, signal: stop.signal, enough: enough.signal },
    ffmpeg: await findFfmpeg(config, childEnvironment()),
    onEvent(event) {
      learning ||= event.type === "epoch";
      if (json) process.stdout.write(`${JSON.stringify(event)}\n`);
      else line.show(event);
    },
  }).finally(() => line.end());
}

/** Events for people: what happens on stderr, what came out on stdout. */
class EventLines {
  readonly #terminal = process.stderr.isTTY;
  #tenth = 0;
  #open = false;

  show(event: TrainingEvent): void {
    if (event.type !== "reading") this.end();
    switch (event.type) {
      case "reading": {
        const tenth = Math.floor((10 * event.done) / event.total);
        if (this.#terminal) process.stderr.write(`\r${event.done} of ${counted(event.total, "file")}`);
        else if (tenth > this.#tenth)
          process.stderr.write(`${event.done} of ${counted(event.total, "file")}\n`);
        this.#tenth = tenth;
        this.#open = this.#terminal;
        break;
      }
      case "planned":
        process.stderr.write(
          `${event.title}: ${counted(event.samples.train, "sample")} to learn from, ${event.samples.validation} to validate, ${event.samples.test} to test; ${event.labels.join(", ")}\n`,
        );
        for (const note of event.notes) process.stderr.write(`${note}\n`);
        break;
      case "backend":
        process.stderr.write(
          `${event.backend}, ${event.device}: ${event.reason}\nCtrl-C stops early and keeps the best.\n`,
        );
        break;
      case "note":
        process.stderr.write(`${event.note}\n`);
        break;
      case "epoch":
        process.stderr.write(
          `seed ${event.seed}, epoch ${event.epoch} of ${event.epochs}: loss ${event.loss.toFixed(3)} (training ${event.trainLoss.toFixed(3)}), accuracy ${event.accuracy.toFixed(3)}, macro-F1 ${event.macroF1.toFixed(3)}${event.best ? " *" : ""}\n`,
        );
        break;
      case "run":
        printTable(
          ["LABEL", "N", "PRECISION", "RECALL", "F1"],
          Object.entries(event.figures.perClass).map(([label, { n, precision, recall, f1 }]) => [
            ...[label, String(n), precision.toFixed(3), recall.toFixed(3), f1.toFixed(3)],
          ]),
        );
        process.stdout.write(
          `${event.network}: accuracy ${event.figures.accuracy.value.toFixed(3)}, macro-F1 ${event.figures.macroF1.value.toFixed(3)}, UAR ${event.figures.uar.value.toFixed(3)}, ECE ${event.figures.ece.before.toFixed(3)} before and ${event.figures.ece.after.toFixed(3)} after calibration (${event.figures.part} part)\n`,
        );
        break;
      case "done":
        for (const note of event.notes) process.stderr.write(`${note}\n`);
        process.stdout.write(
          event.imported
            ? `${event.network} is among your networks. Its folder: ${event.folder}\n`
            : `${event.network} lies in ${event.folder}\n`,
        );
        break;
    }
  }

  end(): void {
    if (this.#open) process.stderr.write("\n");
    this.#open = false;
    this.#tenth = 0;
  }
}
