import type { DeviceChoice } from "../../shared/protocol/results.ts";
import type { Layer } from "./layers.ts";

/** How pictures are changed while they are learned from; amounts are the most that is drawn. */
export interface Augmentation {
  readonly flip: boolean;
  readonly rotateDeg: number;
  readonly scale: number;
  /** Deviation, as a share of 255. */
  readonly noise: number;
}

/** What a process that trains gets to know: one network, one seed. */
export interface LearnRequest {
  readonly layers: readonly Layer[];
  /** Of one sample. */
  readonly shape: readonly number[];
  readonly classes: number;
  /** Samples one after another. */
  readonly inputs: Float32Array;
  /** Of samples that are pictures [height, width, channels], 0..255. */
  readonly augment?: Augmentation | undefined;
  /** Class of each sample. */
  readonly truth: Int32Array;
  /** Which samples are in which part. */
  readonly parts: Readonly<Record<"train" | "validation" | "test", Int32Array>>;
  /** One more sample, whose logits are told: what the exported network is held to. */
  readonly check: Float32Array;
  /** Weight of each class in the loss. */
  readonly classWeights: readonly number[];
  readonly settings: {
    readonly epochs: number;
    readonly batch: number;
    readonly optimizer: "adamw" | "adam" | "sgd";
    readonly rate: number;
    readonly decay: number;
    readonly stopAfter: number;
  };
  readonly seed: number;
  /** Where packages of the user's are looked for. */
  readonly packages: string;
  readonly device: DeviceChoice;
  /** A file that holds everything after each epoch; where it is there, the training goes on from it. */
  readonly state: string;
}

/** One epoch as the process tells it. */
export interface LearnedEpoch {
  /** From 1. */
  readonly epoch: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly macroF1: number;
  readonly trainLoss: number;
  readonly trainAccuracy: number;
  readonly rate: number;
  readonly best: boolean;
  readonly seconds: number;
}
