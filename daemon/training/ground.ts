import type { ModelEntry } from "../../shared/protocol/models.ts";
import type { DeviceChoice } from "../../shared/protocol/results.ts";
import type { Training } from "../../shared/protocol/training.ts";
import { readManifest, type ModelFolders } from "../inference/manifest.ts";
import type { Tensor, Tensors } from "../inference/session.ts";
import { openBackbone, taskBelow } from "./headNetwork.ts";
import { compactLayers, headLayers, type Layer, type Weights } from "./layers.ts";
import { declared, modelFile } from "./onnx/encode.ts";
import { writeAnswer, writeLayers } from "./onnx/writeLayers.ts";

/** What a network learns on: features of another network, or pictures themselves. */
export interface Ground extends AsyncDisposable {
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
  return training.network.backbone === "head"
    ? headGround(folders, training, device)
    : pictureGround(folders, training);
}

async function headGround(
  folders: ModelFolders,
  training: Pick<Training, "task" | "network">,
  device: DeviceChoice,
): Promise<Ground> {
  const { entry, backbone, see, ...opened } = await openBackbone(folders, training, device);
  return {
    ...{ entry, below: entry.id, see, ...opened },
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
    entry,
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
