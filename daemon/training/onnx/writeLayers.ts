import { batchNormEpsilon, type Activation, type Layer, type Weights } from "../layers.ts";
import { declared, initializer, node, type Attribute } from "./encode.ts";

const operators: Readonly<Record<Activation, string>> = {
  relu: "Relu",
  elu: "Elu",
  sigmoid: "Sigmoid",
  tanh: "Tanh",
  softmax: "Softmax",
};

export interface WrittenLayers {
  /** Nodes and numbers. */
  readonly graph: Uint8Array[];
  /** Name of the last tensor. */
  readonly last: string;
}

/**
 * Layers as nodes of an ONNX graph, which has pictures as [channels, height, width].
 * @param shape of one sample as TensorFlow has it: [features] or [height, width, channels]
 * @param options from: the tensor that the lowest layer reads. prefix: of the names of tensors
 */
export function writeLayers(
  layers: readonly Layer[],
  weights: Weights,
  shape: readonly number[],
  { from, prefix }: { readonly from: string; readonly prefix: string },
): WrittenLayers {
  const graph: Uint8Array[] = [];
  let at = from;
  let [height, width, channels] = shape.length === 3 ? [shape[0]!, shape[1]!, shape[2]!] : [1, 1, shape[0]!];
  const add = (
    operator: string,
    name: string,
    more: readonly string[] = [],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): void => {
    graph.push(node(operator, [at, ...more], [prefix + name], attributes));
    at = prefix + name;
  };
  const numbers = (name: string, size: readonly number[], data: ArrayLike<number>): string => {
    graph.push(initializer(prefix + name, size, Float32Array.from(data)));
    return prefix + name;
  };
  const learned = (name: string): string => numbers(name, weights[name]!.shape, weights[name]!.data);
  /** A kernel [height, width, inputs, outputs] with its axes in another order. */
  const turned = (name: string, order: readonly number[]): string => {
    const { shape: size, data } = weights[name]!;
    return numbers(
      name,
      order.map((axis) => size[axis]!),
      transposed(data, size, order),
    );
  };
  const bands = (count: number) => (shape.length === 3 ? [1, count, 1, 1] : [1, count]);

  layers.forEach((layer, i) => {
    const name = String(i);
    switch (layer.kind) {
      case "scale":
        add("Sub", `${name}.centred`, [numbers(`${name}.mean`, bands(layer.mean.length), layer.mean)]);
        add("Div", name, [numbers(`${name}.deviation`, bands(layer.deviation.length), layer.deviation)]);
        break;
      case "dense":
        add("Gemm", name, [learned(`${name}.kernel`), learned(`${name}.bias`)]);
        break;
      case "convolution":
      case "depthwise": {
        const { size, stride } = layer;
        const depthwise = layer.kind === "depthwise";
        const kernel = depthwise
          ? turned(`${name}.depthwise_kernel`, [2, 3, 0, 1])
          : turned(`${name}.kernel`, [3, 2, 0, 1]);
        const wide = depthwise ? size : (layer.width ?? size);
        const [top, bottom] = samePadding(height, size, stride);
        const [left, right] = samePadding(width, wide, stride);
        add("Conv", name, [kernel, learned(`${name}.bias`)], {
          kernel_shape: { ints: [size, wide] },
          strides: { ints: [stride, stride] },
          pads: { ints: [top, left, bottom, right] },
          group: depthwise ? channels : 1,
        });
        [height, width] = [Math.ceil(height / stride), Math.ceil(width / stride)];
        if (!depthwise) channels = layer.filters;
        break;
      }
      case "batch-norm":
        add(
          "BatchNormalization",
          name,
          ["gamma", "beta", "moving_mean", "moving_variance"].map((part) => learned(`${name}.${part}`)),
          { epsilon: { float: batchNormEpsilon } },
        );
        break;
      case "activation":
        add(operators[layer.of], name, [], layer.of === "softmax" ? { axis: 1 } : {});
        break;
      case "pool": {
        const wide = layer.width ?? layer.size;
        const sides = { ints: [layer.size, wide] };
        add(layer.of === "max" ? "MaxPool" : "AveragePool", name, [], {
          kernel_shape: sides,
          strides: sides,
        });
        [height, width] = [Math.floor(height / layer.size), Math.floor(width / wide)];
        break;
      }
      case "global-average":
        add("GlobalAveragePool", `${name}.pool`);
        add("Flatten", name, [], { axis: 1 });
        break;
      case "flatten":
        // TensorFlow lays channels innermost.
        add("Transpose", `${name}.turned`, [], { perm: { ints: [0, 2, 3, 1] } });
        add("Flatten", name, [], { axis: 1 });
        break;
      case "dropout":
        break;
    }
  });
  return { graph, last: at };
}

/** From logits to the outputs that readers look at: `logits` divided by the temperature, and `probabilities`. */
export function writeAnswer(
  { graph, last }: WrittenLayers,
  { prefix, classes, temperature }: { prefix: string; classes: number; temperature: number },
): { graph: Uint8Array[]; outputs: Uint8Array[] } {
  const divisor = `${prefix}temperature`;
  return {
    graph: [
      ...graph,
      initializer(divisor, [1], Float32Array.of(temperature)),
      node("Div", [last, divisor], ["logits"]),
      // Axis 1 is the last one, in opsets that count the others along as well.
      node("Softmax", ["logits"], ["probabilities"], { axis: 1 }),
    ],
    outputs: [declared(12, "probabilities", ["n", classes]), declared(12, "logits", ["n", classes])],
  };
}

/** What TensorFlow's padding "same" adds before and behind. */
function samePadding(length: number, size: number, stride: number): [number, number] {
  const all = Math.max((Math.ceil(length / stride) - 1) * stride + size - length, 0);
  return [Math.floor(all / 2), Math.ceil(all / 2)];
}

function transposed(data: Float32Array, shape: readonly number[], order: readonly number[]): Float32Array {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const sizes = order.map((axis) => shape[axis]!);
  const steps = order.map((axis) => strides[axis]!);
  const out = new Float32Array(data.length);
  const index = sizes.map(() => 0);
  for (let i = 0; i < out.length; i++) {
    out[i] = data[index.reduce((sum, position, axis) => sum + position * steps[axis]!, 0)]!;
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      if (++index[axis]! < sizes[axis]!) break;
      index[axis] = 0;
    }
  }
  return out;
}
