/**
 * A network as plain values, lowest layer first: TensorFlow.js learns its numbers (tfjs/network.ts), and ONNX Runtime uses
 * them (onnx/writeLayers.ts). Pictures are [height, width, channels] here, as TensorFlow has them.
 */
export type Layer =
  /** (x - mean) / deviation, by channel (or feature). Not learned; the lowest layer or none. */
  | { readonly kind: "scale"; readonly mean: readonly number[]; readonly deviation: readonly number[] }
  | { readonly kind: "dense"; readonly units: number }
  /** Square kernels, as many outputs as places (padding "same"), divided by the stride. */
  | { readonly kind: "convolution"; readonly filters: number; readonly size: number; readonly stride: number }
  | { readonly kind: "depthwise"; readonly size: number; readonly stride: number }
  | { readonly kind: "batch-norm" }
  | { readonly kind: "activation"; readonly of: Activation }
  /** Squares side by side. */
  | { readonly kind: "pool"; readonly of: "max" | "average"; readonly size: number }
  | { readonly kind: "global-average" }
  | { readonly kind: "flatten" }
  /** While it learns, this share is hidden; afterwards nothing. */
  | { readonly kind: "dropout"; readonly rate: number };

export type Activation = "relu" | "elu" | "sigmoid" | "tanh" | "softmax";

/** Of batch norm, TensorFlow's default. */
export const batchNormEpsilon = 1e-3;

/** Numbers that were learned, by layer and name: `2.kernel`, in TensorFlow's order of axes. */
export type Weights = Readonly<
  Record<string, { readonly shape: readonly number[]; readonly data: Float32Array }>
>;

type Scale = Layer & { readonly kind: "scale" };

const dropouts = (rate: number): Layer[] => (rate > 0 ? [{ kind: "dropout", rate }] : []);

/** A head on features: linear, or with one hidden layer; its answer is logits. */
export function headLayers(
  scale: Scale,
  classes: number,
  { hidden, dropout }: { readonly hidden: number; readonly dropout: number },
): Layer[] {
  const layer: Layer[] =
    hidden > 0
      ? [{ kind: "dense", units: hidden }, { kind: "activation", of: "relu" }, ...dropouts(dropout)]
      : [];
  return [scale, ...dropouts(dropout), ...layer, { kind: "dense", units: classes }];
}

/**
 * A small network for pictures: three convolutions that halve the picture, a separable one, a mean over the picture.
 * @param options width: of 16, 32, 64 and 128 filters
 */
export function compactLayers(
  scale: Scale,
  classes: number,
  { width, dropout }: { readonly width: number; readonly dropout: number },
): Layer[] {
  const filters = (n: number) => Math.max(4, Math.round(n * width));
  const block = (n: number): Layer[] => [
    { kind: "convolution", filters: filters(n), size: 3, stride: 1 },
    { kind: "batch-norm" },
    { kind: "activation", of: "relu" },
    { kind: "pool", of: "max", size: 2 },
  ];
  return [
    scale,
    ...[16, 32, 64].flatMap(block),
    { kind: "depthwise", size: 3, stride: 1 },
    { kind: "convolution", filters: filters(128), size: 1, stride: 1 },
    { kind: "batch-norm" },
    { kind: "activation", of: "relu" },
    { kind: "global-average" },
    ...dropouts(dropout),
    { kind: "dense", units: classes },
  ];
}
