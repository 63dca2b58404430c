/**
 * A network as plain values, lowest layer first: TensorFlow.js learns its numbers (tfjs/network.ts), and ONNX Runtime uses
 * them (onnx/writeLayers.ts). Pictures are [height, width, channels] here, as TensorFlow has them.
 */
export type Layer =
  /** (x - mean) / deviation, by channel (or feature). Not learned; the lowest layer or none. */
  | { readonly kind: "scale"; readonly mean: readonly number[]; readonly deviation: readonly number[] }
  | { readonly kind: "dense"; readonly units: number }
  /** Kernels of size x width (square without), as many outputs as places (padding "same"), divided by the stride. */
  | {
      readonly kind: "convolution";
      readonly filters: number;
      readonly size: number;
      readonly width?: number;
      readonly stride: number;
    }
  | { readonly kind: "depthwise"; readonly size: number; readonly stride: number }
  | { readonly kind: "batch-norm" }
  | { readonly kind: "activation"; readonly of: Activation }
  /** Fields of size x width (square without) side by side. */
  | {
      readonly kind: "pool";
      readonly of: "max" | "average";
      readonly size: number;
      readonly width?: number;
    }
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

/**
 * The thesis's 1-D CNN on MFCC [frames, 1, coefficients]: convolutions of kernel 8 along time with 256, 256, four times 128 and
 * twice 64 filters, two of them normalised, then fully connected layers. The thesis has 4096, 4096 and 1024 units there, which a
 * few hundred voices cannot fill: 512, 512 and 256.
 * @param options width: of filters and units
 */
export function mfccLayers(
  scale: Scale,
  classes: number,
  { width, dropout }: { readonly width: number; readonly dropout: number },
): Layer[] {
  const count = (n: number) => Math.max(4, Math.round(n * width));
  const relu: Layer = { kind: "activation", of: "relu" };
  const along = (n: number): Layer => ({
    kind: "convolution",
    filters: count(n),
    size: 8,
    width: 1,
    stride: 1,
  });
  const end: Layer[] = [
    { kind: "batch-norm" },
    relu,
    ...dropouts(dropout),
    { kind: "pool", of: "max", size: 8, width: 1 },
  ];
  return [
    scale,
    ...[along(256), relu, along(256), ...end],
    ...[128, 128, 128].flatMap((n) => [along(n), relu]),
    ...[along(128), ...end],
    ...[64, 64].flatMap((n) => [along(n), relu]),
    { kind: "flatten" },
    ...[512, 512, 256].flatMap((n): Layer[] => [
      { kind: "dense", units: count(n) },
      relu,
      ...dropouts(dropout),
    ]),
    { kind: "dense", units: classes },
  ];
}
