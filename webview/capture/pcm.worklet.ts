/** Sound as it comes from the worklet: mono, and the audio context's time of the first sample in seconds. */
export interface PcmBlock {
  readonly atS: number;
  readonly samples: Float32Array<ArrayBuffer>;
}

declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;
declare const currentTime: number;

/** About 43 ms at 48 kHz. */
const blockSamples = 2048;

/** Joins the context's short blocks, all channels to one, into longer ones. */
class PcmProcessor extends AudioWorkletProcessor {
  #samples = new Float32Array(blockSamples);
  #filled = 0;
  #atS = 0;

  process(inputs: readonly (readonly Float32Array[])[]): boolean {
    const channels = inputs[0] ?? [];
    const length = channels[0]?.length ?? 0;
    for (let i = 0; i < length; i++) {
      if (this.#filled === 0) this.#atS = currentTime;
      let sum = 0;
      for (const channel of channels) sum += channel[i]!;
      this.#samples[this.#filled++] = sum / channels.length;
      if (this.#filled < blockSamples) continue;
      const block: PcmBlock = { atS: this.#atS, samples: this.#samples };
      this.port.postMessage(block, [this.#samples.buffer]);
      this.#samples = new Float32Array(blockSamples);
      this.#filled = 0;
    }
    return true;
  }
}

registerProcessor("pcm", PcmProcessor);
