import type { Model } from "../inference/models.ts";
import type { Tensor } from "../inference/session.ts";
import { imageSize } from "./preprocessing.ts";

/**
 * The image input of one network, filled face by face and run as one batch. The buffer is kept between runs and grows
 * to the largest batch, so that a frame makes no garbage of its size.
 */
export class ImageBatch {
  readonly width: number;
  readonly height: number;
  /** Floats of one image: 3 * height * width. */
  readonly size: number;
  readonly #model: Model;
  readonly #name: string;
  #buffer: Float32Array;

  constructor(model: Model) {
    const { name, width, height } = imageSize(model.entry);
    this.#model = model;
    this.#name = name;
    this.width = width;
    this.height = height;
    this.size = 3 * width * height;
    this.#buffer = new Float32Array(this.size);
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
