import type { StoredCheck } from "../inference/check.ts";
import type { Tensor } from "../inference/session.ts";
import type { DeviceChoice } from "../../shared/protocol/results.ts";
import type { BackendName, Training } from "../../shared/protocol/training.ts";
import type { Ground } from "./ground.ts";
import type { LearnedEpoch } from "./learn.ts";
import type { Weights } from "./layers.ts";
import type { Parts } from "./split.ts";

/** What one network is to learn from one seed. */
export interface Lesson {
  readonly training: Training;
  readonly ground: Ground;
  readonly labels: readonly string[];
  /** Samples one after another, each of `shape`. */
  readonly inputs: Float32Array;
  readonly shape: readonly number[];
  /** Class of each sample. */
  readonly truth: Int32Array;
  /** Person of each sample, or what joins near-duplicates. */
  readonly groups: readonly string[];
  readonly parts: Parts;
  /** A made-up input of the whole network, and the sample that the ground makes of it: what the file is held to. */
  readonly check: { readonly input: Tensor; readonly seen: Float32Array };
  readonly seed: number;
}

/** Where it learns, as it says once it has begun. */
export interface Started {
  readonly device: string;
  /** Why there, as a sentence. */
  readonly reason: string;
  readonly versions: Readonly<Record<string, string>>;
}

export interface LearnContext {
  /** A folder of this lesson alone. What is in it from a run that was interrupted is gone on from. */
  readonly kept: string;
  /** Aborted: it ends at once, and nothing is made. */
  readonly signal: AbortSignal;
  /** Aborted: it ends with this epoch, and the best is kept. */
  readonly enough: AbortSignal;
  readonly onStarted: (started: Started) => void;
  /** Of one that goes on: all epochs before. Whoever heard of them may have ended before the last was written down. */
  readonly onBefore: (epochs: readonly LearnedEpoch[]) => void;
  /** Of each epoch that is learned now; one that goes on begins after those that it has learned before. */
  readonly onEpoch: (epoch: LearnedEpoch) => void;
  readonly onNote: (note: string) => void;
}

/** What was learned, as it was in the best epoch; plain values, which outlast a crash. */
export interface Learned {
  /** Of the samples of these parts, in their order: [n, classes], before any temperature. */
  readonly logits: Readonly<Record<"validation" | "test", Float32Array>>;
  /** The numbers of the layers, and the logits of the made-up input. */
  readonly layers?: { readonly weights: Weights; readonly check: Float32Array };
  /** Or a file that answers by itself, with the temperature that it has already. */
  readonly file?: { readonly onnx: Uint8Array; readonly check: StoredCheck; readonly temperature: number };
}

/** What may be found: where to look. */
export interface BackendPlace {
  /** Where packages of the user's are looked for. */
  readonly packages: string;
  /** What is wanted; where it is not to be had, the reason says so. */
  readonly device: DeviceChoice;
  /** The Python that the user named. */
  readonly python?: string | undefined;
  /** Of the training file. */
  readonly folder: string;
  readonly signal: AbortSignal;
}

/** A backend that is there. */
export interface FoundBackend {
  readonly name: BackendName;
  /** @throws AppError `training_failed`, `out_of_memory`, `interrupted`; the signal's reason */
  readonly learn: (lesson: Lesson, context: LearnContext) => Promise<Learned>;
  /** The network as a file, with what it must say of a made-up input. */
  readonly write: (
    lesson: Lesson,
    learned: Learned,
    temperature: number,
  ) => { readonly onnx: Uint8Array; readonly check: StoredCheck };
}

/** A library that learns, in a process of its own. One more is a file with such a value and a line in backends.ts. */
export interface TrainingBackend {
  readonly name: BackendName;
  /** @throws AppError that says what to install where it is not there */
  readonly find: (place: BackendPlace) => Promise<FoundBackend>;
}
