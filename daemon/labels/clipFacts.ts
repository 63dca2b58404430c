import type { ClipFacts } from "../../shared/protocol/labelRoutes.ts";
import type { MelLine } from "../../shared/protocol/mel.ts";
import { decodeAudio } from "../media/decodeAudio.ts";
import type { MediaOptions } from "../media/ffmpeg.ts";
import { hashFile } from "../media/hashFile.ts";
import { probeMedia } from "../media/probe.ts";
import { MelStrip } from "../speech/melStrip.ts";

const envelopeStepMs = 10;

/** Streams, hash, waveform and spectrogram of a clip, for who labels it. @throws AppError of the media */
export async function clipFacts(clip: string, options: MediaOptions): Promise<ClipFacts> {
  const media = await probeMedia(clip, options);
  const sha256 = await hashFile(clip);
  const facts = { media: { ...media, sha256 } };
  if (media.audio === undefined) return { ...facts, mel: [] };
  const strip = new MelStrip();
  const envelope = new Envelope(strip.sampleRateHz);
  const mel: MelLine[] = [];
  for await (const { samples } of decodeAudio(clip, media, {
    ...options,
    sampleRateHz: strip.sampleRateHz,
  })) {
    envelope.add(samples);
    const { startMs, bytes } = strip.next(samples);
    if (bytes.length > 0) mel.push({ startMs, columns: Buffer.from(bytes).toString("base64") });
  }
  return { ...facts, envelope: envelope.toBase64(), mel };
}

/** The loudest amplitude of each step, full scale being 255. */
class Envelope {
  readonly #stepSamples: number;
  #values: number[] = [];
  #loudest = 0;
  #seen = 0;

  constructor(sampleRateHz: number) {
    this.#stepSamples = (sampleRateHz * envelopeStepMs) / 1000;
  }

  add(samples: Float32Array): void {
    for (const sample of samples) {
      this.#loudest = Math.max(this.#loudest, Math.abs(sample));
      if (++this.#seen < this.#stepSamples) continue;
      this.#values.push(Math.min(255, Math.round(255 * this.#loudest)));
      this.#loudest = 0;
      this.#seen = 0;
    }
  }

  toBase64(): string {
    return Buffer.from(this.#values).toString("base64");
  }
}
