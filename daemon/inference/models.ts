import { AppError } from "../../shared/errors.ts";
import type { ModelEntry } from "../../shared/protocol/models.ts";
import type { DeviceChoice, Provider } from "../../shared/protocol/results.ts";
import { calibrated } from "../../shared/stats/calibration.ts";
import { providerReason, type FallThrough } from "./device.ts";
import { InferenceThread } from "./inferenceThread.ts";
import { findEntry, folderOf, readManifest, type Manifest, type ModelFolders } from "./manifest.ts";
import { readModelFile } from "./modelFile.ts";
import type { NetworkSession, Tensor, Tensors } from "./session.ts";
import { SessionStarter } from "./sessionStarter.ts";

/** A network that is ready to run; shared by all who load it. */
export interface Model {
  readonly entry: ModelEntry;
  readonly provider: Provider;
  /**
   * Outputs by name. Runs may overlap. The inputs must not change until the promise settles.
   *
   * @throws AppError `model_failed` when the runtime refuses the inputs, or after disposal.
   */
  run(inputs: Tensors): Promise<Record<string, Tensor>>;
}

/** The networks that there are, on one device. Whoever opens it disposes it. */
export interface Models extends AsyncDisposable {
  /** Where networks and avatars lie: EDIN's own, and the user's. */
  readonly folders: ModelFolders;
  /** As it was when it was last read; see {@link refresh}. */
  readonly manifest: Manifest;
  /** Reads again which networks there are; whoever keeps this for long calls it before each piece of work. */
  refresh(): Promise<void>;
  /** Providers that were tried first and did not serve, so far; see {@link Model.provider}. */
  readonly fallThrough: readonly FallThrough[];
  /**
   * The network with this id, or the default of this task. Its session is made at the first call.
   *
   * @throws AppError `model_unknown`, `model_missing`, `model_changed`, `model_refused`, `device_unavailable`.
   */
  load(idOrTask: string): Promise<Model>;
}

export interface OpenModelsOptions extends ModelFolders {
  /**
   * `auto` takes the first of cuda, webgpu and cpu that works and is not slower than the cpu; another choice serves or
   * fails.
   */
  readonly device?: DeviceChoice;
  /** Threads of one operator on the cpu. Another number may change the last bits of a result. */
  readonly threads?: number;
  /** Networks say what they were trained to, whatever the user fitted them to. */
  readonly uncalibrated?: boolean;
}

/**
 * A network of this size computes in less time than it takes to wake another thread, or an accelerator: it runs on the caller's
 * thread and the cpu, whatever the device. Two threads may not compute on one accelerator: webgpu's sessions share what they
 * send to it, and one ends what the other is writing.
 */
const tinyBytes = 16_384;

/** Reads the manifests; networks are checked and started when they are first loaded. */
export async function openModels(options: OpenModelsOptions): Promise<Models> {
  const { device = "auto", threads = 1 } = options;
  let manifest = await readManifest(options);
  const thread = new InferenceThread();
  const starter = new SessionStarter(device, threads, (...session) => thread.createSession(...session));
  const tiny = new SessionStarter("cpu", threads);
  const loaded = new Map<string, Promise<SharedModel>>();
  let closed = false;

  async function startModel(entry: ModelEntry): Promise<SharedModel> {
    const started = await (entry.bytes > tinyBytes ? starter : tiny).start(entry, (form) =>
      readModelFile(folderOf(options, entry), form),
    );
    return new SharedModel(started.entry, started.provider, started.session);
  }

  return {
    folders: options,
    get manifest() {
      return manifest;
    },
    async refresh() {
      manifest = await readManifest(options);
    },
    fallThrough: starter.fallThrough,
    async load(idOrTask) {
      if (closed) throw closedError();
      const { calibration, ...rest } = findEntry(manifest, idOrTask);
      const entry: ModelEntry = options.uncalibrated || !calibration ? rest : { ...rest, calibration };
      // An id may stand for another file by now, or for one that was calibrated.
      const key = `${entry.id} ${entry.sha256} ${entry.calibration?.at}`;
      let model = loaded.get(key);
      if (model === undefined) {
        model = startModel(entry);
        loaded.set(key, model);
        // A file that was put right can be loaded again.
        model.catch(() => loaded.delete(key));
      }
      return model;
    },
    async [Symbol.asyncDispose]() {
      closed = true;
      for (const model of await Promise.allSettled(loaded.values()))
        if (model.status === "fulfilled") await model.value.close();
      loaded.clear();
      await thread[Symbol.asyncDispose]();
    },
  };
}

const closedError = () =>
  new AppError("model_failed", "The networks were closed while they were still in use.");

/** The first output, probabilities, as the user fitted them. */
function calibratedOutputs(
  { calibration, labels, outputs }: ModelEntry,
  answer: Record<string, Tensor>,
): Record<string, Tensor> {
  if (calibration === undefined) return answer;
  const { name } = outputs[0]!;
  const { data, shape } = answer[name]!;
  const { temperature, bias } = calibration;
  const fitted = { temperature, bias: labels.map((label) => bias?.[label] ?? 0) };
  const out = new Float32Array(data.length);
  for (let at = 0; at < data.length; at += labels.length)
    out.set(calibrated([...data.subarray(at, at + labels.length)], fitted), at);
  return { ...answer, [name]: { data: out, shape } };
}

class SharedModel implements Model {
  readonly entry: ModelEntry;
  readonly provider: Provider;
  readonly #session: NetworkSession;
  readonly #running = new Set<Promise<unknown>>();
  #closed = false;

  constructor(entry: ModelEntry, provider: Provider, session: NetworkSession) {
    this.entry = entry;
    this.provider = provider;
    this.#session = session;
  }

  async run(inputs: Tensors): Promise<Record<string, Tensor>> {
    if (this.#closed) throw closedError();
    const run = this.#session.run(inputs);
    this.#running.add(run);
    try {
      return calibratedOutputs(this.entry, await run);
    } catch (cause) {
      throw new AppError(
        "model_failed",
        `The network ${this.entry.id} failed. Run edin doctor, or choose the device cpu. The reason: ${providerReason(cause)}`,
        {
          cause,
        },
      );
    } finally {
      this.#running.delete(run);
    }
  }

  /** Waits for what runs; the runtime must not lose a session under a run. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#running);
    await this.#session.release();
  }
}
