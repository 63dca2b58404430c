import type { Frame } from "../media/frame.ts";
import { AlphaControl, cutoffWavelengthPx, measureDisplacementPx } from "./bound.ts";
import { designBandPass, type Section } from "./butterworth.ts";
import { PyramidDown, PyramidUp, pyramidSizes } from "./pyramid.ts";
import { StreamingBand } from "./streamingBand.ts";

export interface MagnifierSettings {
  readonly width: number;
  readonly height: number;
  readonly frameRate: number;
  readonly bandHz: readonly [number, number];
  readonly levels: number;
  /** Fixed amplification, or undefined to choose inside `alphaRange`. */
  readonly alpha: number | undefined;
  readonly alphaRange: readonly [number, number];
  /** Whether amplification is held inside the bound; false only to compare with other implementations. */
  readonly bounded?: boolean;
}

export interface Magnified {
  /** The picture with its motion magnified; its buffer is used again by the next call. */
  readonly frame: Frame;
  readonly alpha: number;
  /** Whether the bound lowered what was asked for. */
  readonly clamped: boolean;
  /** In the pass band, pixels of the full picture. */
  readonly displacementPx: number;
}

/** Order of the Butterworth band-pass: 12 dB an octave on each side. */
export const bandOrder = 2;

/**
 * Eulerian amplitude magnification (thesis, pipeline 1; Wu et al. 2012): I'(x, t) = I(x, t) + alpha * B(x, t), with B the
 * temporal band-pass of each pixel after spatial pooling.
 *
 * It works on the planes Y, U and V. Because B is linear and alpha is the same for every channel, that is the same as
 * magnifying R, G and B, at half the work, up to the rounding of 8-bit chroma.
 */
export class AmplitudeMagnifier {
  readonly #planes: readonly PlaneMagnifier[];
  readonly #control: AlphaControl;
  readonly #levels: number;
  readonly #out: Uint8Array;
  /** Set when the bound is switched off. */
  readonly #fixedAlpha: number | undefined;
  #lastMs: number | undefined;

  constructor(settings: MagnifierSettings) {
    const { width, height, levels } = settings;
    const sections = designBandPass(bandOrder, settings.bandHz[0], settings.bandHz[1], settings.frameRate);
    const chromaWidth = (width + 1) >> 1;
    const chromaHeight = (height + 1) >> 1;
    const luma = width * height;
    const chroma = chromaWidth * chromaHeight;
    this.#out = new Uint8Array(luma + 2 * chroma);
    this.#levels = levels;
    this.#fixedAlpha = settings.bounded === false ? settings.alpha : undefined;
    this.#planes = [
      // Chroma is sampled at half the width, so one level less pools over the same part of the face.
      new PlaneMagnifier(sections, width, height, levels, 0),
      new PlaneMagnifier(sections, chromaWidth, chromaHeight, levels - 1, luma),
      new PlaneMagnifier(sections, chromaWidth, chromaHeight, levels - 1, luma + chroma),
    ];
    this.#control = new AlphaControl(cutoffWavelengthPx(levels), settings.alpha, settings.alphaRange);
  }

  /** Forgets the past, as after a scene cut. */
  reset(): void {
    for (const plane of this.#planes) plane.reset();
    this.#lastMs = undefined;
  }

  /** The pass band of the pooled luma plane on the last frame, and the plane's size. */
  get band(): { readonly data: Float32Array; readonly width: number; readonly height: number } {
    const plane = this.#planes[0]!;
    return { data: plane.band, width: plane.pooledWidth, height: plane.pooledHeight };
  }

  /** The pooled luma plane of the last frame. */
  get pooled(): Float32Array {
    return this.#planes[0]!.pooled;
  }

  /** Elements of the three pooled planes together. */
  get pooledLength(): number {
    return this.#planes.reduce((sum, plane) => sum + plane.band.length, 0);
  }

  /** Writes the three pooled planes of a frame, one after another, into `out`: what a look-ahead filter works on. */
  pool(frame: Frame, out: Float32Array): void {
    let at = 0;
    for (const plane of this.#planes) {
      plane.pool(frame.data);
      out.set(plane.pooled, at);
      at += plane.pooled.length;
    }
  }

  /**
   * Magnifies one frame.
   *
   * @param band the pass band of the three pooled planes, from a filter that looks ahead; without it the streaming
   * filter is used
   */
  step(frame: Frame, band?: Float32Array): Magnified {
    let at = 0;
    for (const plane of this.#planes) {
      plane.pool(frame.data);
      if (band === undefined) plane.filter();
      else plane.band.set(band.subarray(at, at + plane.band.length));
      at += plane.band.length;
    }
    const luma = this.#planes[0]!;
    const pooledPx = measureDisplacementPx(luma.pooled, luma.band, luma.pooledWidth, luma.pooledHeight);
    const displacementPx = pooledPx * 2 ** this.#levels;
    const elapsedS = this.#lastMs === undefined ? 0 : Math.max(0, frame.timeMs - this.#lastMs) / 1000;
    this.#lastMs = frame.timeMs;
    const chosen = this.#control.next(displacementPx, elapsedS);
    const { alpha, clamped } =
      this.#fixedAlpha === undefined ? chosen : { alpha: this.#fixedAlpha, clamped: false };
    for (const plane of this.#planes) plane.add(frame.data, alpha, this.#out);
    return { frame: { ...frame, data: this.#out }, alpha, clamped, displacementPx };
  }
}

/** One plane's pooling, temporal state and way back to full resolution. */
class PlaneMagnifier {
  readonly pooledWidth: number;
  readonly pooledHeight: number;
  readonly band: Float32Array;
  readonly #offset: number;
  readonly #size: number;
  readonly #down: readonly PyramidDown[];
  readonly #up: readonly PyramidUp[];
  readonly #levels: readonly Float32Array[];
  readonly #filter: StreamingBand;

  constructor(sections: readonly Section[], width: number, height: number, levels: number, offset: number) {
    const sizes = pyramidSizes(width, height, levels);
    const top = sizes[levels]!;
    this.pooledWidth = top.width;
    this.pooledHeight = top.height;
    this.band = new Float32Array(top.width * top.height);
    this.#offset = offset;
    this.#size = width * height;
    this.#down = sizes.slice(0, -1).map((s) => new PyramidDown(s.width, s.height));
    this.#up = sizes.slice(0, -1).map((s) => new PyramidUp(s.width, s.height));
    this.#levels = sizes.map((s) => new Float32Array(s.width * s.height));
    this.#filter = new StreamingBand(sections, this.band.length);
  }

  get pooled(): Float32Array {
    return this.#levels.at(-1)!;
  }

  reset(): void {
    this.#filter.reset();
  }

  pool(data: Uint8Array): void {
    const source = this.#slice(data);
    if (this.#down.length === 0) this.pooled.set(source);
    for (const [k, down] of this.#down.entries()) {
      if (k === 0) down.runBytes(source, this.#levels[1]!);
      else down.run(this.#levels[k]!, this.#levels[k + 1]!);
    }
  }

  filter(): void {
    this.#filter.step(this.pooled, this.band);
  }

  add(data: Uint8Array, alpha: number, out: Uint8Array): void {
    const base = this.#slice(data);
    const target = out.subarray(this.#offset, this.#offset + this.#size);
    if (alpha === 0) {
      target.set(base);
      return;
    }
    if (this.#up.length === 0) {
      for (let i = 0; i < base.length; i++) {
        target[i] = Math.min(255, Math.max(0, base[i]! + alpha * this.band[i]! + 0.5));
      }
      return;
    }
    let source = this.band;
    for (let k = this.#up.length - 1; k > 0; k--) {
      // The pooled picture is kept for measuring; the levels below it serve as scratch.
      const wider = this.#levels[k]!;
      this.#up[k]!.run(source, wider);
      source = wider;
    }
    this.#up[0]!.runAdded(source, alpha, base, target);
  }

  #slice(data: Uint8Array): Uint8Array {
    return data.subarray(this.#offset, this.#offset + this.#size);
  }
}
