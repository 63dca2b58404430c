import type * as Core from "@tensorflow/tfjs-core";
import type * as Layers from "@tensorflow/tfjs-layers";
import { batchNormEpsilon, type Layer, type Weights } from "../layers.ts";

/** The layers as TensorFlow.js learns them. */
export interface LearningNetwork {
  /** Logits [n, classes]. While it learns, dropout hides and batch norm follows the batch. */
  readonly apply: (input: Core.Tensor, learning: boolean) => Core.Tensor2D;
  readonly learned: Core.Variable[];
  /** Copies of all numbers, as `Weights` has them. */
  readonly weights: () => Promise<Weights>;
  /** Takes such numbers back. */
  readonly setWeights: (weights: Weights) => void;
}

/** @param shape of one sample, without the batch */
export function buildNetwork(
  { tf, tfl }: { readonly tf: typeof Core; readonly tfl: typeof Layers },
  layers: readonly Layer[],
  shape: readonly number[],
  seed: number,
): LearningNetwork {
  const model = tfl.sequential();
  const scale = layers[0];
  const first = scale?.kind === "scale" ? scale : undefined;
  // Kept outside the model: these are no numbers that change.
  const mean = first && tf.tensor(first.mean);
  const deviation = first && tf.tensor(first.deviation);
  const named: { readonly at: number; readonly layer: Layers.layers.Layer }[] = [];
  for (const [at, layer] of layers.entries()) {
    if (layer.kind === "scale") continue;
    const made = makeLayer(tfl, layer, seed + at, named.length === 0 ? { inputShape: [...shape] } : {});
    named.push({ at, layer: made });
    model.add(made);
  }
  const numbers = named.flatMap(({ at, layer }) =>
    layer.weights.map((weight) => {
      const name = weight.originalName.replace(/^.*\//, "").replace(/_\d+$/, "");
      return [`${at}.${name}`, weight] as const;
    }),
  );
  return {
    apply: (input, learning) => {
      const scaled = mean && deviation ? tf.div(tf.sub(input, mean), deviation) : input;
      return model.apply(scaled, { training: learning }) as Core.Tensor2D;
    },
    learned: model.trainableWeights.map((weight) => tf.engine().registeredVariables[weight.name]!),
    weights: async () =>
      Object.fromEntries(
        await Promise.all(
          numbers.map(async ([name, weight]) => {
            const value = weight.read();
            return [name, { shape: [...value.shape], data: Float32Array.from(await value.data()) }] as const;
          }),
        ),
      ),
    setWeights(weights) {
      for (const [name, weight] of numbers)
        tf.tidy(() => void weight.write(tf.tensor(weights[name]!.data, [...weights[name]!.shape])));
    },
  };
}

type InputShape = { readonly inputShape?: number[] };

function makeLayer(tfl: typeof Layers, layer: Layer, seed: number, input: InputShape): Layers.layers.Layer {
  switch (layer.kind) {
    case "dense":
      return tfl.layers.dense({
        ...input,
        units: layer.units,
        kernelInitializer: tfl.initializers.glorotUniform({ seed }),
      });
    case "convolution":
      return tfl.layers.conv2d({
        ...{ ...input, filters: layer.filters, kernelSize: sidesOf(layer), strides: layer.stride },
        ...{ padding: "same", kernelInitializer: tfl.initializers.heNormal({ seed }) },
      });
    case "depthwise":
      return tfl.layers.depthwiseConv2d({
        ...{ ...input, kernelSize: layer.size, strides: layer.stride, padding: "same" },
        depthwiseInitializer: tfl.initializers.heNormal({ seed }),
      });
    case "batch-norm":
      return tfl.layers.batchNormalization({ ...input, epsilon: batchNormEpsilon, momentum: 0.9 });
    case "activation":
      return tfl.layers.activation({ ...input, activation: layer.of });
    case "pool": {
      const options = { ...input, poolSize: sidesOf(layer), strides: sidesOf(layer) };
      return layer.of === "max" ? tfl.layers.maxPooling2d(options) : tfl.layers.averagePooling2d(options);
    }
    case "global-average":
      return tfl.layers.globalAveragePooling2d(input);
    case "flatten":
      return tfl.layers.flatten(input);
    case "dropout":
      return tfl.layers.dropout({ ...input, rate: layer.rate });
    case "scale":
      throw new RangeError("Only the lowest layer scales.");
  }
}

/** Height and width of a kernel or of a field. */
const sidesOf = ({
  size,
  width = size,
}: {
  readonly size: number;
  readonly width?: number;
}): [number, number] => [size, width];
