import type { ModelEntry } from "../../shared/protocol/models.ts";
import type { DeviceChoice } from "../../shared/protocol/results.ts";
import type { Training } from "../../shared/protocol/training.ts";
import { readManifest, type ModelFolders } from "../inference/manifest.ts";
import type { Tensor, Tensors } from "../inference/session.ts";
import { openBackbone, taskBelow } from "./headNetwork.ts";
import { compactLayers, headLayers, mfccLayers, type Layer, type Weights } from "./layers.ts";
import { declared, modelFile, node, wholeNumbers } from "./onnx/encode.ts";
import { writeAnswer, writeLayers } from "./onnx/writeLayers.ts";

/** What a network learns on: features of another network, or pictures or sounds themselves. */
export interface Ground extends AsyncDisposable {
  readonly kind: "features" | "pictures" | "sounds";
  /** As the readers of its task have it: inputs and preprocessing. */
  readonly entry: ModelEntry;
  /** Id of the network below, if there is one. */
  readonly below?: string;
  /** Of one sample of so many numbers. */
  readonly shape: (size: number) => number[];
  /** Samples, [n, size], of what readers give to the network. */
  readonly see: (inputs: Tensors) => Promise<Tensor>;
  readonly layers: (
    scale: Layer & { kind: "scale" },
    classes: number,
    network: Training["network"],
  ) => Layer[];
  /** The network that was learned, as a file that takes the entry's inputs. */
  readonly write: (
    layers: readonly Layer[],
    weights: Weights,
    answer: { readonly classes: number; readonly temperature: number },
  ) => Uint8Array;
}

/** @throws AppError as {@link openBackbone} */
export async function openGround(
  folders: ModelFolders,
  training: Pick<Training, "task" | "network">,
  device: DeviceChoice,
): Promise<Ground> {
  const { backbone } = training.network;
  if (backbone === "head") return headGround(folders, training, device);
  return backbone === "mfcc-cnn" ? soundGround(folders, training) : pictureGround(folders, training);
}

async function headGround(
  folders: ModelFolders,
  training: Pick<Training, "task" | "network">,
  device: DeviceChoice,
): Promise<Ground> {
  const { entry, backbone, see, ...opened } = await openBackbone(folders, training, device);
  return {
    ...{ kind: "features", entry, below: entry.id, see, ...opened },
    shape: (size) => [size],
    layers: headLayers,
    write(layers, weights, answer) {
      const { features, freePrefix: prefix } = backbone;
      const size = layers[0]?.kind === "scale" ? layers[0].mean.length : 0;
      const written = writeLayers(layers, weights, [size], { from: features, prefix });
      const { graph, outputs } = writeAnswer(written, { prefix, ...answer });
      return backbone.withHead(graph, outputs);
    },
  };
}

/** Pictures as the task's own reader gives them, at a size of the user's. */
async function pictureGround(
  folders: ModelFolders,
  { task, network: { input: side } }: Pick<Training, "task" | "network">,
): Promise<Ground> {
  const { models } = await readManifest(folders);
  const like = models.find((model) => model.task === taskBelow(task) && model.default)!;
  const entry: ModelEntry = {
    ...like,
    inputs: [{ ...like.inputs[0]!, name: "image", shape: ["n", 3, side, side] }],
  };
  return {
    ...{ kind: "pictures", entry },
    shape: () => [side, side, 3],
    see: ({ image }) => Promise.resolve(withChannelsInside(image!)),
    layers: compactLayers,
    write(layers, weights, answer) {
      const written = writeLayers(layers, weights, [side, side, 3], { from: "image", prefix: "" });
      const { graph, outputs } = writeAnswer(written, { prefix: "", ...answer });
      return modelFile([...graph, declared(11, "image", ["n", 3, side, side]), ...outputs]);
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** MFCC of 2.5 s as the thesis's network for voices takes them: coefficients as channels, time as the one side. */
async function soundGround(folders: ModelFolders, { task }: Pick<Training, "task">): Promise<Ground> {
  const { models } = await readManifest(folders);
  const like = models.find((model) => model.task === "speech" && model.preprocessing["feature"] === "mfcc")!;
  const [input] = like.inputs as [ModelEntry["inputs"][number]];
  const [coefficients, frames] = input.shape.slice(1) as [number, number];
  // Acted voices begin after half a second; of other sounds nothing is known.
  const preprocessing = { ...like.preprocessing, ...(task === "sounds" && { offsetSeconds: 0 }) };
  const shape = [frames, 1, coefficients];
  return {
    ...{ kind: "sounds", entry: { ...like, inputs: [input], preprocessing } },
    shape: () => shape,
    see(inputs) {
      const { data, shape: given } = inputs[input.name]!;
      return Promise.resolve(withChannelsInside({ data, shape: [...given, 1] }));
    },
    layers: mfccLayers,
    write(layers, weights, answer) {
      const sizes = wholeNumbers("sides", [-1, coefficients, frames, 1]);
      const written = writeLayers(layers, weights, shape, { from: "picture", prefix: "" });
      const { graph, outputs } = writeAnswer(written, { prefix: "", ...answer });
      return modelFile([
        ...[sizes, node("Reshape", [input.name, "sides"], ["picture"]), ...graph],
        ...[declared(11, input.name, ["n", coefficients, frames]), ...outputs],
      ]);
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** [n, channels, height, width] as [n, height * width * channels]. */
function withChannelsInside({ data, shape }: Tensor): Tensor {
  const [count, channels, area] = [shape[0]!, shape[1]!, shape[2]! * shape[3]!];
  const out = new Float32Array(data.length);
  for (let n = 0; n < count; n++)
    for (let c = 0; c < channels; c++)
      for (let i = 0; i < area; i++)
        out[(n * area + i) * channels + c] = data[(n * channels + c) * area + i]!;
  return { data: out, shape: [count, channels * area] };
}
