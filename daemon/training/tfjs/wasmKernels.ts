import {
  backend_util,
  getKernel,
  registerKernel,
  type BackendValues,
  type KernelConfig,
  type TensorInfo,
} from "@tensorflow/tfjs-core";

/**
 * The kernels that the wasm backend lacks for learning convolutions. tfjs-core names them; each is held to finite
 * differences and to the plain backend in test/unit/training/wasmKernels.test.ts.
 */
export function registerWasmKernels(): void {
  if (registered) return;
  registered = true;
  for (const kernel of [convolutionFilter, depthwiseFilter, depthwiseInput]) registerKernel(kernel);
}

let registered = false;

/** What we use of the backend. */
interface WasmBackend {
  makeOutput(shape: number[], dtype: "float32"): TensorInfo;
  typedArrayFromHeap(tensor: TensorInfo): BackendValues;
  disposeData(dataId: object): boolean;
}

interface ConvolutionAttributes {
  readonly strides: number | [number, number];
  readonly pad: "same" | "valid" | number;
  readonly dilations?: [number, number];
  readonly filterShape: [number, number, number, number];
  readonly inputShape: [number, number, number, number];
}

type Conv2DInfo = ReturnType<typeof backend_util.computeConv2DInfo>;

/** What a kernel gets, in our types. */
function given(config: Parameters<KernelConfig["kernelFunc"]>[0]) {
  return {
    backend: config.backend as WasmBackend,
    inputs: config.inputs as Record<"x" | "dy" | "filter", TensorInfo>,
    attributes: config.attrs as unknown as ConvolutionAttributes,
  };
}

/**
 * Gradient of the filters: for each place of the kernel the inputs under it, as [channels, outputs], times the gradient
 * [outputs, filters]. The copying is ours, the products are the backend's own.
 */
const convolutionFilter: KernelConfig = {
  kernelName: "Conv2DBackpropFilter",
  backendName: "wasm",
  kernelFunc(config) {
    const { backend, inputs, attributes } = given(config);
    const { x, dy } = inputs;
    const { filterShape, strides, pad } = attributes;
    const info = backend_util.computeConv2DInfo(
      x.shape as [number, number, number, number],
      ...([filterShape, strides, 1, pad] as const),
    );
    const { inChannels, outChannels, filterHeight, filterWidth } = info;
    const places = info.batchSize * info.outHeight * info.outWidth;
    const out = backend.makeOutput(filterShape, "float32");
    const under = backend.makeOutput([1, inChannels, places], "float32");
    const matMul = getKernel("BatchMatMul", "wasm").kernelFunc;
    for (let row = 0; row < filterHeight; row++)
      for (let column = 0; column < filterWidth; column++) {
        copyUnder(floats(backend, x), floats(backend, under), info, row, column);
        const product = matMul({
          inputs: { a: under, b: { ...dy, shape: [1, places, outChannels] } },
          backend,
          attrs: { transposeA: false, transposeB: false },
        }) as TensorInfo;
        const at = (row * filterWidth + column) * inChannels * outChannels;
        floats(backend, out).set(floats(backend, product), at);
        backend.disposeData(product.dataId);
      }
    backend.disposeData(under.dataId);
    return out;
  },
};

/** The inputs that one place of the kernel lies on, [channels, outputs]; 0 outside. */
function copyUnder(
  x: Float32Array,
  under: Float32Array,
  info: Conv2DInfo,
  row: number,
  column: number,
): void {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, strideHeight, strideWidth } = info;
  const places = batchSize * outHeight * outWidth;
  let place = 0;
  for (let n = 0; n < batchSize; n++)
    for (let i = 0; i < outHeight; i++) {
      const y = i * strideHeight + row - info.padInfo.top;
      for (let j = 0; j < outWidth; j++, place++) {
        const at = j * strideWidth + column - info.padInfo.left;
        const inside = y >= 0 && y < inHeight && at >= 0 && at < inWidth;
        const from = ((n * inHeight + y) * inWidth + at) * inChannels;
        for (let c = 0, to = place; c < inChannels; c++, to += places) under[to] = inside ? x[from + c]! : 0;
      }
    }
}

const depthwiseFilter: KernelConfig = {
  kernelName: "DepthwiseConv2dNativeBackpropFilter",
  backendName: "wasm",
  kernelFunc(config) {
    const { backend, inputs, attributes } = given(config);
    const { x, dy } = inputs;
    const { filterShape } = attributes;
    const info = depthwiseInfo(x.shape as [number, number, number, number], attributes, filterShape);
    const out = backend.makeOutput(filterShape, "float32");
    const [values, gradient, sums] = [floats(backend, x), floats(backend, dy), floats(backend, out)];
    sums.fill(0);
    visit(info, (from, place, filter) => (sums[filter]! += values[from]! * gradient[place]!));
    return out;
  },
};

const depthwiseInput: KernelConfig = {
  kernelName: "DepthwiseConv2dNativeBackpropInput",
  backendName: "wasm",
  kernelFunc(config) {
    const { backend, inputs, attributes } = given(config);
    const { dy, filter } = inputs;
    const { inputShape } = attributes;
    const info = depthwiseInfo(inputShape, attributes, filter.shape as [number, number, number, number]);
    const out = backend.makeOutput([...inputShape], "float32");
    const [weights, gradient, sums] = [floats(backend, filter), floats(backend, dy), floats(backend, out)];
    sums.fill(0);
    visit(info, (to, place, at) => (sums[to]! += weights[at]! * gradient[place]!));
    return out;
  },
};

function depthwiseInfo(
  shape: [number, number, number, number],
  { strides, dilations = [1, 1], pad }: ConvolutionAttributes,
  filterShape: [number, number, number, number],
): Conv2DInfo {
  const rounding = undefined;
  return backend_util.computeConv2DInfo(shape, filterShape, strides, dilations, pad, rounding, true);
}

/** Each triple of an input, an output and a weight of a depthwise convolution, by their places in the arrays. */
function visit(info: Conv2DInfo, use: (input: number, output: number, weight: number) => void): void {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels } = info;
  const multiplier = outChannels / inChannels;
  for (let n = 0; n < batchSize; n++)
    for (let i = 0; i < outHeight; i++)
      for (let j = 0; j < outWidth; j++)
        for (let row = 0; row < info.filterHeight; row++) {
          const y = i * info.strideHeight + row * info.dilationHeight - info.padInfo.top;
          if (y < 0 || y >= inHeight) continue;
          for (let column = 0; column < info.filterWidth; column++) {
            const x = j * info.strideWidth + column * info.dilationWidth - info.padInfo.left;
            if (x < 0 || x >= inWidth) continue;
            const from = ((n * inHeight + y) * inWidth + x) * inChannels;
            const place = ((n * outHeight + i) * outWidth + j) * outChannels;
            const weight = (row * info.filterWidth + column) * outChannels;
            for (let c = 0; c < outChannels; c++)
              use(from + Math.floor(c / multiplier), place + c, weight + c);
          }
        }
}

/** A view of the backend's memory, good until something is made in it. */
function floats(backend: WasmBackend, tensor: TensorInfo): Float32Array {
  const values: BackendValues = backend.typedArrayFromHeap(tensor);
  return values as Float32Array;
}
