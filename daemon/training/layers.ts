/**
 * A network as plain values, lowest layer first: TensorFlow.js learns its numbers (tfjs/network.ts), and ONNX Runtime uses
 * them (onnx/writeLayers.ts). Pictures are [height, width, channels] here, as TensorFlow has them.
 */
export type Layer =
  /** (x - mean) / deviation, by channel (or feature). Not learned. */
  | { readonly kind: "scale"; readonly mean: readonly number[]; readonly deviation: readonly number[] }
  | { readonly kind: "dense"; readonly units: number }
  | { readonly kind: "activation"; readonly of: "relu" }
  /** While it learns, this share is hidden; afterwards nothing. */
  | { readonly kind: "dropout"; readonly rate: number };

/** Numbers that were learned, by layer and name: `2.kernel`. Kernels of dense layers are [inputs, units]. */
export type Weights = Readonly<
  Record<string, { readonly shape: readonly number[]; readonly data: Float32Array }>
>;

/** A head on features: linear, or with one hidden layer; its answer is logits. */
export function headLayers(
  scale: Layer & { kind: "scale" },
  classes: number,
  { hidden, dropout }: { readonly hidden: number; readonly dropout: number },
): Layer[] {
  const hide: Layer[] = dropout > 0 ? [{ kind: "dropout", rate: dropout }] : [];
  return [
    scale,
    ...hide,
    ...(hidden > 0
      ? ([{ kind: "dense", units: hidden }, { kind: "activation", of: "relu" }, ...hide] as const)
      : []),
    { kind: "dense", units: classes },
  ];
}
