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
import { startSession, type Tensor } from "../../inference/session.ts";
import type { LearnContext, Learned, Lesson, TrainingBackend } from "../backend.ts";
import type { LearnedEpoch } from "../learn.ts";
import { partNames, type PartName } from "../split.ts";
import { findPython, type Python } from "./python.ts";
import { runRecipe, type RecipeEpoch } from "./recipeProcess.ts";

/** PyTorch in the user's own Python: the recipes `pictures` and `sounds` of models/recipes. */
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
  await makeFolder(data, 0o777);
  await (lesson.ground.kind === "sounds" ? writeSounds : writePictures)(data, lesson);
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
      const ofRecipe = recipeEpochs();
      await runRecipe({
        ...{ python: python.path, name: lesson.ground.kind, ...folders, options: optionsOf(lesson, batch) },
        ...{ signal: context.signal, enough: context.enough, onNote: context.onNote },
        onBefore: (lines) => context.onBefore(lines.map(recipeEpochs())),
        onEpoch: (line) => context.onEpoch(ofRecipe(line)),
      });
      return;
    } catch (error) {
      if (!isAppError(error, "out_of_memory") || batch < 8) throw error;
      const half = Math.floor(batch / 2);
      context.onNote(`There was not enough memory for batches of ${batch}: it went on with ${half}.`);
      batch = half;
    }
}

function optionsOf({ training, labels, seed, ground }: Lesson, batch: number): Record<string, unknown> {
  const { network, train, data } = training;
  const changes: Partial<NonNullable<Training["augment"]>> = training.augment ?? {};
  const { flip = false, rotateDeg = 0, scale = 0, noise = 0 } = changes;
  const ofPictures = { side: network.input, augment: false, flip, rotate: rotateDeg, resize: scale, noise };
  return {
    ...{ id, labels: labels.map((_, i) => i).join(","), seed, batch, epochs: train.epochs, rate: train.rate },
    ...{ backbone: network.backbone, width: network.width, dropout: network.dropout },
    ...{ decay: train.optimizer === "adam" ? 0 : train.decay, optimizer: train.optimizer },
    ...{ stop_after: train.stopAfter, balance: data.balance, title: training.title },
    ...(ground.kind === "pictures" && ofPictures),
    threads: Math.max(1, Math.floor(os.availableParallelism() / 2)),
  };
}

/** Of the lines of one process in turn: they tell seconds since it began. */
function recipeEpochs(): (line: RecipeEpoch) => LearnedEpoch {
  let before = 0;
  return ({ epoch, losses, figures, rate = 0, best = false, seconds: since }) => {
    const { loss = NaN, accuracy = NaN, macroF1 = NaN, trainAccuracy = NaN } = figures!;
    // One that goes on begins to count anew.
    const seconds = since - (since < before ? 0 : before);
    before = since;
    return {
      epoch,
      loss,
      accuracy,
      macroF1,
      trainAccuracy,
      trainLoss: losses["train"]!,
      rate,
      best,
      seconds,
    };
  };
}

/** The samples as the recipe reads them: PNG files, and their table. */
async function writePictures(folder: string, lesson: Lesson): Promise<void> {
  const { inputs, shape, parts } = lesson;
  const [height, width, channels] = shape as [number, number, 3];
  const size = height * width * channels;
  for (const part of partNames)
    for (const i of parts[part]) {
      const data = Uint8Array.from(inputs.subarray(i * size, (i + 1) * size), (value) => Math.round(value));
      const png = await sharp(data, { raw: { width, height, channels } })
        .png({ compressionLevel: 1 })
        .toBuffer();
      await writeFile(path.join(folder, `${i}.png`), png);
    }
  await writeTable(folder, lesson, "png");
}

/** The same of sounds: MFCC in one NumPy file, in the order of the table. */
async function writeSounds(folder: string, lesson: Lesson): Promise<void> {
  const order = partNames.flatMap((part) => Array.from(lesson.parts[part]));
  const { data, shape } = channelsFirst(lesson, Int32Array.from(order));
  const about = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(", ")}), }`;
  // Magic, version 1.0 and the length of the header come to 10 bytes; the numbers begin at a multiple of 64.
  const header = about.padEnd(Math.ceil((about.length + 11) / 64) * 64 - 11) + "\n";
  const begin = Buffer.alloc(10, "\x93NUMPY\x01\x00", "latin1");
  begin.writeUInt16LE(header.length, 8);
  await writeFile(
    path.join(folder, "mfcc.npy"),
    Buffer.concat([begin, Buffer.from(header), Buffer.from(data.buffer)]),
  );
  await writeTable(folder, lesson, "wav");
}

/** labels.csv with the number of each label. */
async function writeTable(folder: string, { truth, groups, parts }: Lesson, ending: string): Promise<void> {
  const quoted = (text: string) => JSON.stringify(text).replaceAll('\\"', '""');
  const rows = partNames.flatMap((part) =>
    Array.from(parts[part], (i) => `${i}.${ending},${truth[i]},${part},${quoted(groups[i]!)}`),
  );
  await writeFile(path.join(folder, "labels.csv"), ["file,label,split,subject", ...rows, ""].join("\n"));
}

/** Samples as ONNX has them: [n, channels, height, width], of sounds [n, coefficients, frames]; pictures in whole grey levels. */
function channelsFirst({ inputs, shape, ground }: Lesson, samples: Int32Array): Tensor {
  const [height, width, channels] = shape as [number, number, number];
  const area = height * width;
  const data = new Float32Array(samples.length * channels * area);
  const pictures = ground.kind === "pictures";
  samples.forEach((sample, k) => {
    for (let i = 0; i < area; i++)
      for (let c = 0; c < channels; c++) {
        const value = inputs[(sample * area + i) * channels + c]!;
        data[(k * channels + c) * area + i] = pictures ? Math.round(value) : value;
      }
  });
  return { data, shape: [samples.length, channels, ...(pictures ? [height, width] : [height])] };
}

/** Samples that are judged at a time. */
const judgedAtOnce = 64;

/** What the file says of the parts that are held back, as the product will run it; its temperature taken out again. */
async function logitsOf(onnx: Uint8Array, lesson: Lesson, temperature: number): Promise<Learned["logits"]> {
  const { parts, labels, ground } = lesson;
  const input = ground.entry.inputs[0]!.name;
  const session = await startSession(onnx, "cpu", 1);
  try {
    const of = async (part: Exclude<PartName, "train">) => {
      const members = parts[part];
      const out = new Float32Array(members.length * labels.length);
      for (let at = 0; at < members.length; at += judgedAtOnce) {
        const batch = members.subarray(at, at + judgedAtOnce);
        const answer = await session.run({ [input]: channelsFirst(lesson, batch) });
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
