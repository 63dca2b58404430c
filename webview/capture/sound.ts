import { ArrivalClock } from "./arrivalClock.ts";
import type { PcmBlock } from "./pcm.worklet.ts";

export interface SoundPumpOptions {
  /** Start of the page's clock on `performance.now()`. */
  readonly startedAtMs: number;
  /** Mono sound; `timeMs` is that of the first sample on the page's clock. */
  readonly onBlock: (timeMs: number, samples: Float32Array, sampleRateHz: number) => void;
}

/** Reads a microphone's samples through an audio worklet. */
export class SoundPump {
  readonly #context: AudioContext;
  readonly #clock = new ArrivalClock();

  private constructor(context: AudioContext) {
    this.#context = context;
  }

  static async start(stream: MediaStream, { startedAtMs, onBlock }: SoundPumpOptions): Promise<SoundPump> {
    const context = new AudioContext();
    const pump = new SoundPump(context);
    await context.audioWorklet.addModule(new URL("./pcm.worklet.js", import.meta.url));
    const node = new AudioWorkletNode(context, "pcm", { numberOfOutputs: 1 });
    node.port.addEventListener("message", ({ data }: MessageEvent<PcmBlock>) => {
      const lengthMs = (data.samples.length / context.sampleRate) * 1000;
      const atMs = pump.#clock.toPage(data.atS * 1000, performance.now() - lengthMs);
      onBlock(Math.max(atMs - startedAtMs, 0), data.samples, context.sampleRate);
    });
    node.port.start();
    // A node that leads nowhere is not run; this one gives silence.
    context.createMediaStreamSource(stream).connect(node).connect(context.destination);
    await context.resume();
    return pump;
  }

  stop(): void {
    void this.#context.close();
  }
}

/** 16 bit little-endian, as the daemon takes it. */
export function toPcm16(samples: Float32Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(samples.length * 2));
  samples.forEach((sample, i) =>
    view.setInt16(i * 2, Math.round(Math.min(Math.max(sample, -1), 1) * 32767), true),
  );
  return new Uint8Array(view.buffer);
}
