import type { ModelEntry } from "../../shared/protocol/models.ts";
import { isOfSounds, type Training, type TrainingTask } from "../../shared/protocol/training.ts";
import type { ClassReader } from "../evaluation/classes.ts";
import type { LabelledFile } from "../evaluation/classSet.ts";
import { readEach, type EvaluationContext, type UnreadableFile } from "../evaluation/dataset.ts";
import { createExpressionFileReader, createEyeStateFileReader } from "../evaluation/pictureReaders.ts";
import { createSpeechFileReader } from "../evaluation/speech.ts";
import type { Model, Models } from "../inference/models.ts";
import type { Tensor, Tensors } from "../inference/session.ts";
import type { StillPicture } from "../media/picture.ts";
import { signatureOf, type Signature } from "./nearDuplicates.ts";

/** One file as a network will learn from it. */
export interface Sample {
  readonly file: LabelledFile;
  readonly values: Float32Array;
  /** Of pictures. */
  readonly signature?: Signature;
}

/** Files that are decoded at a time, while the thread of the networks runs the one before. */
const lanes = 3;

export interface SampleContext extends EvaluationContext {
  readonly models: Models;
  /** Changes pictures before anything is looked for in them. */
  readonly prepare?: ((picture: StillPicture) => StillPicture) | undefined;
  /** Changes the sound of a file. */
  readonly prepareSound?: ((sound: Float32Array, file: LabelledFile) => Float32Array) | undefined;
}

/**
 * What a network gets of each file, read by the product's own readers: its crop or its sound, and from that what `see`
 * makes of it.
 *
 * @param entry of the network whose input is wanted
 * @param see turns the input into the sample; [rows, size], of which the mean is taken (parts of a long recording)
 * @returns files without a face are left out
 */
export async function readSamples(
  { task, data }: Pick<Training, "task" | "data">,
  files: readonly LabelledFile[],
  entry: ModelEntry,
  see: (inputs: Tensors) => Promise<Tensor>,
  context: SampleContext,
): Promise<{ samples: Sample[]; faceless: LabelledFile[]; unreadable: UnreadableFile[] }> {
  const readers = await Promise.all(
    Array.from({ length: lanes }, () => createSampleReader(task, data.faces, entry, see, context)),
  );
  const { read, unreadable } = await readEach(
    files,
    (file, lane) => readers[lane]!(file),
    context,
    Math.min(lanes, files.length),
  );
  return {
    samples: read.flatMap(({ file, value }) => (value === undefined ? [] : [{ file, ...value }])),
    faceless: read.flatMap(({ file, value }) => (value === undefined ? [file] : [])),
    unreadable,
  };
}

type Caught = Omit<Sample, "file">;

async function createSampleReader(
  task: TrainingTask,
  faces: "crop" | "detect",
  entry: ModelEntry,
  see: (inputs: Tensors) => Promise<Tensor>,
  context: SampleContext,
): Promise<(file: LabelledFile) => Promise<Caught | undefined>> {
  let caught: Caught[] = [];
  let reading: LabelledFile | undefined;
  const name = entry.inputs[0]!.name;
  // To the readers a network like any other, which keeps what it sees and answers nothing of interest.
  const model: Model = {
    entry,
    provider: "cpu",
    async run(inputs) {
      const seen = await see(inputs);
      const input = inputs[name]!;
      const [rows, , height, width] = input.shape;
      const signature =
        height !== undefined && width !== undefined
          ? { signature: signatureOf(input.data, width, height) }
          : {};
      caught.push({ values: meanRow(seen), ...signature });
      const answer = {
        data: new Float32Array(rows! * entry.labels.length),
        shape: [rows!, entry.labels.length],
      };
      return Object.fromEntries(entry.outputs.map((output) => [output.name, answer]));
    },
  };
  const { prepareSound, ...rest } = context;
  const read = await openReader(task, model, {
    ...{ ...rest, faces },
    ...(prepareSound && { prepareSound: (sound: Float32Array) => prepareSound(sound, reading!) }),
  });
  return async (file) => {
    caught = [];
    reading = file;
    if ((await read(file.file)) === undefined) return undefined;
    return { ...caught[0]!, values: meanRow(stacked(caught)) };
  };
}

function openReader(
  task: TrainingTask,
  model: Model,
  options: Omit<SampleContext, "prepareSound"> & {
    readonly faces: "crop" | "detect";
    readonly prepareSound?: (sound: Float32Array) => Float32Array;
  },
): ClassReader | Promise<ClassReader> {
  if (isOfSounds(task)) return createSpeechFileReader(model, options);
  return task === "eye-state"
    ? createEyeStateFileReader(model, options)
    : createExpressionFileReader(model, options);
}

function stacked(caught: readonly Caught[]): Tensor {
  const size = caught[0]!.values.length;
  const data = new Float32Array(caught.length * size);
  caught.forEach(({ values }, i) => data.set(values, i * size));
  return { data, shape: [caught.length, size] };
}

/** The mean of the rows of [rows, size]. */
function meanRow({ data, shape }: Tensor): Float32Array {
  const rows = shape[0]!;
  const size = data.length / rows;
  if (rows === 1) return data.slice();
  const mean = new Float32Array(size);
  for (let i = 0; i < data.length; i++) mean[i % size]! += data[i]! / rows;
  return mean;
}
