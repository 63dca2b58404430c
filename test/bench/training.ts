import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { loadConfig } from "../../daemon/config.ts";
import type { Ffmpeg } from "../../daemon/media/ffmpeg.ts";
import { train } from "../../daemon/training/train.ts";
import { planTraining } from "../../daemon/training/trainingFile.ts";
import { isAppError } from "../../shared/errors.ts";
import type { BackendName } from "../../shared/protocol/training.ts";
import { makePictures } from "../support/madeUpPictures.ts";
import { figure, type Figure } from "./report.ts";

const batch = 32;

/** Steps a second of each backend on the same network and pictures, validation included; PyTorch is the peer. */
export async function benchTraining(ffmpeg: Ffmpeg, epochs: number): Promise<Figure[]> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "edin-bench-training-"));
  try {
    await makePictures(path.join(folder, "set"), { each: 160 });
    const pytorch = await stepsOf("pytorch", folder, ffmpeg, epochs).catch((error: unknown) => {
      if (!isAppError(error, "python_missing")) throw error;
      console.error(error.message);
      return undefined;
    });
    const tfjs = await stepsOf("tfjs", folder, ffmpeg, epochs);
    const unit = `steps of ${batch}/s, compact`;
    const name = "training";
    return [
      figure(name, `${unit}, TensorFlow.js`, tfjs, pytorch && { name: "PyTorch", rounds: pytorch }),
      ...(pytorch ? [figure(name, `${unit}, PyTorch`, pytorch)] : []),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Of each epoch but the first, which warms up. */
async function stepsOf(
  backend: BackendName,
  folder: string,
  ffmpeg: Ffmpeg,
  epochs: number,
): Promise<number[]> {
  const [{ training } = { training: undefined }] = planTraining({
    ...{ title: "Bench", data: { path: "set", validation: 0.2 }, backend },
    network: { backbone: "compact", input: 48 },
    train: { epochs: epochs + 1, batch, stopAfter: epochs + 1 },
  });
  const config = loadConfig({ dataDir: path.join(folder, "data") }, {});
  const { epochs: told, samples } = await train([{ settings: {}, training: training! }], {
    ...{ folders: config, device: "cpu", ffmpeg, folder, id: `bench-${backend}`, importIt: false },
    ...{ outDir: path.join(folder, backend), kept: path.join(folder, "kept"), packages: folder },
    ...{ signal: new AbortController().signal, enough: new AbortController().signal },
    onEvent: () => undefined,
  });
  const steps = Math.ceil(samples.train / batch);
  return told.slice(1).map(({ seconds }) => steps / seconds);
}
