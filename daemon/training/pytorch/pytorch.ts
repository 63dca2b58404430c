import { readFile, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { makeFolder } from "../../store/files.ts";
import sharp from "sharp";
import * as z from "zod";
import { isAppError } from "../../../shared/errors.ts";
import type { Training } from "../../../shared/protocol/training.ts";
import { isThere } from "../../missing.ts";
import { storedCheckSchema } from "../../inference/check.ts";
import { startSession } from "../../inference/session.ts";
import type { LearnContext, Learned, Lesson, TrainingBackend } from "../backend.ts";
import { partNames, type PartName } from "../split.ts";
import { findPython, type Python } from "./python.ts";
import { runRecipe, type RecipeEpoch } from "./recipeProcess.ts";

/** PyTorch in the user's own Python: the recipe `pictures` of models/recipes. */
export const pytorch: TrainingBackend = {
  name: "pytorch",
  async find(place) {
    const python = await findPython(place);
    return {
      name: "pytorch",
      learn: (lesson, context) => learn(python, lesson, context),
      // The recipe has written it, calibrated, with what PyTorch says of its input.
      write: (_, { file }) => file!,
    };
  },
};

/** The network in the recipe's out folder. */
const id = "network";

async function learn(python: Python, lesson: Lesson, context: LearnContext): Promise<Learned> {
  const { device, versions } = python;
  context.onStarted({
    device,
    reason: `PyTorch ${versions["torch"]} of ${python.path}, on ${device}.`,
    versions,
  });
  const data = path.join(context.kept, "data");
  const out = path.join(context.kept, "out");
  await makeFolder(out, 0o777);
  await writePictures(data, lesson);
  const folder = path.join(out, id);
  // A run that was finished before the interruption is not run again.
  if (!(await isFinished(out))) await runWithRoom(python, lesson, context, { data, out });
  const onnx = await readFile(path.join(folder, "model.onnx"));
  const { temperature } = z
    .object({ temperature: z.number() })
    .parse(await json(path.join(folder, "figures.json")));
  const check = storedCheckSchema.parse(await json(path.join(folder, "check.json")));
  const logits = await logitsOf(onnx, lesson, temperature);
  return { logits, file: { onnx: Uint8Array.from(onnx), check, temperature } };
}

const json = async (file: string): Promise<unknown> => JSON.parse(await readFile(file, "utf8")) as unknown;

/** The recipe removes its checkpoint last. */
async function isFinished(out: string): Promise<boolean> {
  const there = (name: string) => isThere(path.join(out, name));
  return (await there("manifest.json")) && !(await there("checkpoint.pt"));
}

/** With half the batch, as often as it takes, where the memory does not suffice. */
async function runWithRoom(
  python: Python,
  lesson: Lesson,
  context: LearnContext,
  folders: { readonly data: string; readonly out: string },
): Promise<void> {
  let { batch } = lesson.training.train;
  for (;;)
    try {
      let before = 0;
      await runRecipe({
        ...{ python: python.path, name: "pictures", ...folders, options: optionsOf(lesson, batch) },
        ...{ signal: context.signal, enough: context.enough, onNote: context.onNote },
        onEpoch(line) {
          context.onEpoch({ ...epochOf(line), seconds: line.seconds - before });
          before = line.seconds;
        },
      });
      return;
    } catch (error) {
      if (!isAppError(error, "out_of_memory") || batch < 8) throw error;
      const half = Math.floor(batch / 2);
      context.onNote(`There was not enough memory for batches of ${batch}: it went on with ${half}.`);
      batch = half;
    }
}

function optionsOf({ training, labels, seed }: Lesson, batch: number): Record<string, unknown> {
  const { network, train, data } = training;
  const changes: Partial<NonNullable<Training["augment"]>> = training.augment ?? {};
  const { flip = false, rotateDeg = 0, scale = 0, noise = 0 } = changes;
  return {
    ...{ id, labels: labels.map((_, i) => i).join(","), seed, batch, epochs: train.epochs, rate: train.rate },
    ...{ backbone: network.backbone, width: network.width, side: network.input, dropout: network.dropout },
    ...{ decay: train.optimizer === "adam" ? 0 : train.decay, optimizer: train.optimizer },
    ...{ stop_after: train.stopAfter, balance: data.balance, title: training.title },
    ...{ augment: false, flip, rotate: rotateDeg, resize: scale, noise },
    threads: Math.max(1, Math.floor(os.availableParallelism() / 2)),
  };
}

function epochOf({ epoch, losses, figures, rate = 0, best = false }: RecipeEpoch) {
  const { loss = NaN, accuracy = NaN, macroF1 = NaN, trainAccuracy = NaN } = figures!;
  return { epoch, loss, accuracy, macroF1, trainAccuracy, trainLoss: losses["train"]!, rate, best };
}

/** The samples as the recipe reads them: PNG files, and labels.csv with the number of each label. */
async function writePictures(folder: string, lesson: Lesson): Promise<void> {
  const { inputs, shape, truth, groups, parts } = lesson;
  const [height, width, channels] = shape as [number, number, 3];
  const size = height * width * channels;
  await makeFolder(folder, 0o777);
  const rows = ["file,label,split,subject"];
  for (const part of partNames)
    for (const i of parts[part]) {
      const name = `${i}.png`;
      const data = Uint8Array.from(inputs.subarray(i * size, (i + 1) * size), (value) => Math.round(value));
      await sharp(data, { raw: { width, height, channels } })
        .png({ compressionLevel: 1 })
        .toFile(path.join(folder, name));
      rows.push(`${name},${truth[i]},${part},${JSON.stringify(groups[i]!).replaceAll('\\"', '""')}`);
    }
  await writeFile(path.join(folder, "labels.csv"), `${rows.join("\n")}\n`);
}

/** Samples that are judged at a time. */
const judgedAtOnce = 64;

/** What the file says of the parts that are held back, as the product will run it; its temperature taken out again. */
async function logitsOf(
  onnx: Uint8Array,
  { inputs, shape, parts, labels }: Lesson,
  temperature: number,
): Promise<Learned["logits"]> {
  const [height, width, channels] = shape as [number, number, number];
  const area = height * width;
  const session = await startSession(onnx, "cpu", 1);
  try {
    const of = async (part: Exclude<PartName, "train">) => {
      const members = parts[part];
      const out = new Float32Array(members.length * labels.length);
      for (let at = 0; at < members.length; at += judgedAtOnce) {
        const batch = members.subarray(at, at + judgedAtOnce);
        const planes = new Float32Array(batch.length * channels * area);
        batch.forEach((sample, k) => {
          for (let i = 0; i < area; i++)
            for (let c = 0; c < channels; c++)
              planes[(k * channels + c) * area + i] = Math.round(inputs[(sample * area + i) * channels + c]!);
        });
        const answer = await session.run({
          image: { data: planes, shape: [batch.length, channels, height, width] },
        });
        out.set(
          answer["logits"]!.data.map((value) => value * temperature),
          at * labels.length,
        );
      }
      return out;
    };
    return { validation: await of("validation"), test: await of("test") };
  } finally {
    await session.release();
  }
}
