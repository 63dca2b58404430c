import type { Model } from "../inference/models.ts";
import type { Tensor } from "../inference/session.ts";
import { imageSize } from "./preprocessing.ts";

/**
 * The image input of one network, filled face by face and run as one batch. The buffer is kept between runs and grows
 * to the largest batch, so that a frame makes no garbage of its size.
 */
export class ImageBatch {
  /** The network takes images of any size; see {@link resize}. */
  readonly anySize: boolean;
  readonly #model: Model;
  readonly #name: string;
  #width: number;
  #height: number;
  #buffer: Float32Array;

  /** @param size Where the network takes images of any size: the first one. */
  constructor(model: Model, size?: { readonly width: number; readonly height: number }) {
    const { name, width, height } = imageSize(model.entry, size);
    this.anySize = model.entry.inputs[0]!.shape.slice(2).some((side) => typeof side === "string");
    this.#model = model;
    this.#name = name;
    this.#width = width;
    this.#height = height;
    this.#buffer = new Float32Array(this.size);
  }

  get width(): number {
    return this.#width;
  }

  get height(): number {
    return this.#height;
  }

  /** Floats of one image: 3 * height * width. */
  get size(): number {
    return 3 * this.#width * this.#height;
  }

  /** Other sides from now on, of a network that takes any. */
  resize({ width, height }: { readonly width: number; readonly height: number }): void {
    this.#width = width;
    this.#height = height;
  }

  /** Room for `count` images; image i is written from `i * size` on. Valid until the next call. */
  buffer(count: number): Float32Array {
    if (this.#buffer.length < count * this.size) this.#buffer = new Float32Array(count * this.size);
    return this.#buffer;
  }

  /** Runs the first `count` images of the buffer. */
  run(count: number): Promise<Record<string, Tensor>> {
    const data = this.#buffer.subarray(0, count * this.size);
    return this.#model.run({ [this.#name]: { data, shape: [count, 3, this.height, this.width] } });
  }

  /** The network's output by name, or its first one. */
  output(outputs: Record<string, Tensor>, name = this.#model.entry.outputs[0]!.name): Float32Array {
    return outputs[name]!.data;
  }
}
