import path from "node:path";
import { AppError } from "../../shared/errors.ts";
import type { ModelEntry } from "../../shared/protocol/models.ts";
import { softmaxRow } from "../../shared/stats/calibration.ts";
import type { StoredCheck } from "../inference/check.ts";
import type { Tensor } from "../inference/session.ts";
import { verifyModels } from "../inference/verify.ts";
import { makeFolder, writeFileAtomic } from "../store/files.ts";
import { sha256 } from "./headNetwork.ts";

export interface Publication {
  readonly id: string;
  readonly title: string;
  readonly onnx: Uint8Array;
  /** What the readers of its task look at: inputs, preprocessing, task. */
  readonly like: Pick<ModelEntry, "task" | "inputs" | "preprocessing">;
  readonly labels: readonly string[];
  readonly card: string;
  readonly figures: unknown;
  /** A made-up input, and what the library that trained says of it. */
  readonly check: StoredCheck;
}

/**
 * Writes a network as `edin models import` takes it: manifest.json, model.onnx, card.md, figures.json, check.json. The
 * file is run on the stored input, and must give what training gave.
 * @returns its entry
 * @throws AppError `training_failed`, `disk_full`
 */
export async function publishNetwork(
  folder: string,
  { id, title, onnx, like, labels, card, figures, check }: Publication,
): Promise<ModelEntry> {
  await makeFolder(folder);
  const entry: ModelEntry = {
    ...{ id, task: like.task, role: "external", default: false, title },
    ...{ file: "model.onnx", sha256: sha256(onnx), bytes: onnx.length, inputs: like.inputs },
    outputs: [
      {
        name: "probabilities",
        type: "float32",
        shape: ["n", labels.length],
        meaning: "calibrated probabilities",
      },
      { name: "logits", type: "float32", shape: ["n", labels.length], meaning: "divided by the temperature" },
    ],
    labels: [...labels],
    preprocessing: like.preprocessing,
    licence: { weights: "yours, within the terms of the data", data: "as its owner says" },
    ...{ card: "card.md", figures: "figures.json", check: "check.json" },
  };
  const json = (value: unknown) => `${JSON.stringify(value, undefined, 2)}\n`;
  await writeFileAtomic(path.join(folder, "model.onnx"), onnx);
  await writeFileAtomic(path.join(folder, "card.md"), card);
  await writeFileAtomic(path.join(folder, "figures.json"), json(figures));
  await writeFileAtomic(path.join(folder, "check.json"), json(check));
  await writeFileAtomic(path.join(folder, "manifest.json"), json({ version: 1, models: [entry] }));
  const [verified] = await verifyModels({ modelsDir: folder }, "cpu", id);
  if (verified?.ok !== true)
    throw new AppError(
      "training_failed",
      `The network that was made does not say what training said: ${verified?.problem ?? "it cannot be loaded"}. Please report it.`,
    );
  return entry;
}

/** An input of a network, and the probabilities that belong to the logits that training gives for it. */
export function storedCheck(
  { inputs }: Pick<ModelEntry, "inputs">,
  input: Tensor,
  logits: Float32Array,
  { classes, temperature }: { readonly classes: number; readonly temperature: number },
): StoredCheck {
  const scaled = logits.map((value) => value / temperature);
  const rows = Float32Array.from(softmaxRow(scaled, 0, classes));
  return {
    inputs: { [inputs[0]!.name]: storedTensor(input) },
    outputs: {
      probabilities: storedTensor({ data: rows, shape: [1, classes] }),
      logits: storedTensor({ data: scaled, shape: [1, classes] }),
    },
    tolerance: 1e-3,
  };
}

function storedTensor({ data, shape }: Tensor): StoredCheck["inputs"][string] {
  const bytes = new DataView(new ArrayBuffer(4 * data.length));
  data.forEach((value, i) => bytes.setFloat32(4 * i, value, true));
  return { shape: [...shape], type: "float32", base64: Buffer.from(bytes.buffer).toString("base64") };
}

/** An input of a network that nobody's face or voice is in: a pattern for pictures, a tone for sound. */
export function madeUpInput({ inputs, preprocessing }: Pick<ModelEntry, "inputs" | "preprocessing">): Tensor {
  const declaredShape = inputs[0]!.shape;
  const seconds = typeof preprocessing["leastSeconds"] === "number" ? preprocessing["leastSeconds"] : 1;
  const rate = typeof preprocessing["sampleRateHz"] === "number" ? preprocessing["sampleRateHz"] : 16_000;
  const open = declaredShape.length === 2 ? Math.max(rate, Math.ceil(seconds * rate)) : 200;
  const shape = declaredShape.map((size, axis) => (axis === 0 ? 1 : typeof size === "number" ? size : open));
  const length = shape.reduce((a, b) => a * b, 1);
  const picture = shape.length === 4;
  const value = (i: number): number => {
    if (!picture) return 0.1 * Math.sin(i / 7) * Math.sin(i / 911);
    const [width, area] = [shape[3]!, shape[2]! * shape[3]!];
    const [x, y, channel] = [i % width, Math.floor((i % area) / width), Math.floor(i / area)];
    return Math.round(127.5 + 120 * Math.sin(x / 5 + channel) * Math.cos(y / 7));
  };
  return { data: Float32Array.from({ length }, (_, i) => value(i)), shape };
}
