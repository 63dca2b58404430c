import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { AppError } from "../../shared/errors.ts";
import type { ModelEntry, Task } from "../../shared/protocol/models.ts";
import type { DeviceChoice } from "../../shared/protocol/results.ts";
import type { Training, TrainingTask } from "../../shared/protocol/training.ts";
import { findEntry, folderOf, readManifest, type ModelFolders } from "../inference/manifest.ts";
import { readModelFile } from "../inference/modelFile.ts";
import { openModels, type Models } from "../inference/models.ts";
import type { Tensor, Tensors } from "../inference/session.ts";
import { cutBackbone, type Backbone } from "./onnx/backbone.ts";

/** The lower part of a network, running: what a head is trained on. */
export interface OpenBackbone extends AsyncDisposable {
  /** Of the whole network. */
  readonly entry: ModelEntry;
  readonly backbone: Backbone;
  /** Features [n, d] of the network's own inputs. */
  readonly see: (inputs: Tensors) => Promise<Tensor>;
}

/** The task whose readers and networks serve a training: sets with labels of their own are read as others are. */
export function taskBelow(task: TrainingTask): Task {
  if (task === "pictures") return "expression";
  return task === "sounds" ? "speech" : task;
}

/**
 * Opens the network that a head is put on.
 * @throws AppError `model_unknown`, `model_refused`, `invalid_training` for a network of another task
 */
export async function openBackbone(
  folders: ModelFolders,
  { task, network }: Pick<Training, "task" | "network">,
  device: DeviceChoice,
): Promise<OpenBackbone> {
  const manifest = await readManifest(folders);
  const wanted = taskBelow(task);
  const entry = findEntry(manifest, network.of ?? wanted);
  if (entry.task !== wanted)
    throw new AppError(
      "invalid_training",
      `${entry.id} is a network for ${entry.task}, not for ${wanted}. Fix network.of in the training file.`,
    );
  const backbone = cutBackbone(await readModelFile(folderOf(folders, entry), entry), entry.id);
  const folder = await mkdtemp(path.join(tmpdir(), "edin-backbone-"));
  let models: Models | undefined;
  try {
    await writeFile(path.join(folder, "model.onnx"), backbone.file);
    const cut: ModelEntry = {
      ...entry,
      ...{ file: "model.onnx", bytes: backbone.file.length, sha256: sha256(backbone.file), cpu: undefined },
      outputs: [{ name: backbone.features, type: "float32", shape: ["n", "d"], meaning: "features" }],
    };
    await writeFile(path.join(folder, "manifest.json"), JSON.stringify({ version: 1, models: [cut] }));
    models = await openModels({ modelsDir: folder, device });
    const model = await models.load(entry.id);
    const opened = models;
    return {
      entry,
      backbone,
      see: async (inputs) => (await model.run(inputs))[backbone.features]!,
      async [Symbol.asyncDispose]() {
        await opened[Symbol.asyncDispose]();
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await models?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** SHA-256 of bytes, in hexadecimal. */
export const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
