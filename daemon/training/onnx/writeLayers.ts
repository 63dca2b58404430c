import type { Layer, Weights } from "../layers.ts";
import { declared, initializer, node } from "./encode.ts";

/**
 * Layers as nodes of an ONNX graph, from the tensor `from` to `logits` (divided by the temperature) and `probabilities`.
 * @param options prefix: of the names of tensors
 * @returns nodes and numbers, and the outputs of the graph
 */
export function writeLayers(
  layers: readonly Layer[],
  weights: Weights,
  {
    from,
    prefix,
    classes,
    temperature,
  }: { from: string; prefix: string; classes: number; temperature: number },
): { graph: Uint8Array[]; outputs: Uint8Array[] } {
  const graph: Uint8Array[] = [];
  let at = from;
  const add = (operator: string, name: string, more: readonly string[] = [], attributes = {}): void => {
    graph.push(node(operator, [at, ...more], [name], attributes));
    at = name;
  };
  const numbers = (
    name: string,
    shape: readonly number[],
    data: Float32Array | readonly number[],
  ): string => {
    graph.push(initializer(prefix + name, shape, Float32Array.from(data)));
    return prefix + name;
  };
  const learned = (name: string): string => numbers(name, weights[name]!.shape, weights[name]!.data);

  layers.forEach((layer, i) => {
    const name = `${prefix}${i}`;
    switch (layer.kind) {
      case "scale":
        add("Sub", `${name}.centred`, [numbers(`${i}.mean`, [1, layer.mean.length], layer.mean)]);
        add("Div", name, [numbers(`${i}.deviation`, [1, layer.deviation.length], layer.deviation)]);
        break;
      case "dense":
        add("Gemm", name, [learned(`${i}.kernel`), learned(`${i}.bias`)]);
        break;
      case "activation":
        add("Relu", name);
        break;
      case "dropout":
        break;
    }
  });
  add("Div", "logits", [numbers("temperature", [1], [temperature])]);
  // Axis 1 is the last one, in opsets that count the others along as well.
  add("Softmax", "probabilities", [], { axis: 1 });
  return {
    graph,
    outputs: [declared(12, "probabilities", ["n", classes]), declared(12, "logits", ["n", classes])],
  };
}
