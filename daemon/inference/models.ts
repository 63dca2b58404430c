import { AppError } from "../../shared/errors.ts";
import type { ModelEntry, ModelManifest } from "../../shared/protocol/models.ts";
import type { DeviceChoice, Provider } from "../../shared/protocol/results.ts";
import { noCard, providerReason, type FallThrough } from "./device.ts";
import { defaultModelsDir, findEntry, readManifest } from "./manifest.ts";
import { readModelFile } from "./modelFile.ts";
import { createSession, zeroInputs, type Session, type Tensor, type Tensors } from "./session.ts";

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

/** The networks of one manifest on one device. Whoever opens it disposes it. */
export interface Models extends AsyncDisposable {
  readonly manifest: ModelManifest;
  /** Providers that were tried first and did not serve, so far; see {@link Model.provider}. */
  readonly fallThrough: readonly FallThrough[];
  /**
   * The network with this id, or the default of this task. Its session is made at the first call.
   *
   * @throws AppError `model_unknown`, `model_missing`, `model_changed`, `model_refused`, `device_unavailable`.
   */
  load(idOrTask: string): Promise<Model>;
}

export interface OpenModelsOptions {
  /** The package's own folder by default. */
  readonly modelsDir?: string;
  /**
   * `auto` takes the first of cuda, webgpu and cpu that works and is not slower than the cpu; another choice serves or
   * fails.
   */
  readonly device?: DeviceChoice;
  /** Threads of one operator on the cpu. Another number may change the last bits of a result. */
  readonly threads?: number;
}

/** Reads the manifest; networks are checked and started when they are first loaded. */
export async function openModels(options: OpenModelsOptions = {}): Promise<Models> {
  const { modelsDir = defaultModelsDir(), device = "auto", threads = 1 } = options;
  const manifest = await readManifest(modelsDir);
  const starter = new SessionStarter(device, threads);
  const loaded = new Map<string, Promise<SharedModel>>();
  let closed = false;

  return {
    manifest,
    fallThrough: starter.fallThrough,
    async load(idOrTask) {
      if (closed) throw closedError();
      const entry = findEntry(manifest, idOrTask);
      let model = loaded.get(entry.id);
      if (model === undefined) {
        model = readModelFile(modelsDir, entry).then((bytes) => starter.start(entry, bytes));
        loaded.set(entry.id, model);
        // A file that was put right can be loaded again.
        model.catch(() => loaded.delete(entry.id));
      }
      return model;
    },
    async [Symbol.asyncDispose]() {
      closed = true;
      for (const model of await Promise.allSettled(loaded.values()))
        if (model.status === "fulfilled") await model.value.close();
      loaded.clear();
    },
  };
}

const closedError = () =>
  new AppError("model_failed", "The networks were closed while they were still in use.");

class SharedModel implements Model {
  readonly entry: ModelEntry;
  readonly provider: Provider;
  readonly #session: Session;
  readonly #running = new Set<Promise<unknown>>();
  #closed = false;

  constructor(entry: ModelEntry, provider: Provider, session: Session) {
    this.entry = entry;
    this.provider = provider;
    this.#session = session;
  }

  async run(inputs: Tensors): Promise<Record<string, Tensor>> {
    if (this.#closed) throw closedError();
    const run = this.#session.run(inputs);
    this.#running.add(run);
    try {
      return await run;
    } catch (cause) {
      throw new AppError("model_failed", `The network ${this.entry.id} failed: ${providerReason(cause)}`, {
        cause,
      });
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

/** Starts sessions on the best provider that serves, and remembers why others did not. */
class SessionStarter {
  readonly fallThrough: FallThrough[] = [];
  readonly #threads: number;
  /** Worth trying before `#last`, best first. */
  #accelerators: readonly Provider[];
  /** The one that must serve. */
  readonly #last: Provider;
  /** Accelerators that beat the cpu. */
  readonly #proven = new Set<Provider>();
  /** One start at a time: the first network decides about an accelerator for all. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(device: DeviceChoice, threads: number) {
    this.#threads = threads;
    this.#accelerators = device === "auto" ? ["cuda", "webgpu"] : [];
    this.#last = device === "auto" ? "cpu" : device;
  }

  start(entry: ModelEntry, bytes: Uint8Array): Promise<SharedModel> {
    const started = this.#queue.then(() => this.#start(entry, bytes));
    this.#queue = started.catch(() => undefined);
    return started;
  }

  async #start(entry: ModelEntry, bytes: Uint8Array): Promise<SharedModel> {
    for (const provider of this.#accelerators) {
      const started = await this.#startAccelerator(provider, entry, bytes);
      if (typeof started !== "string") return new SharedModel(entry, provider, started);
      this.fallThrough.push({ provider, reason: started });
      // One that serves other networks is tried again for the next.
      if (!this.#proven.has(provider))
        this.#accelerators = this.#accelerators.filter((other) => other !== provider);
    }
    try {
      return new SharedModel(entry, this.#last, await createSession(bytes, this.#last, this.#threads));
    } catch (cause) {
      const why = `The network ${entry.id} did not start on the device ${this.#last}: ${providerReason(cause)}`;
      if (this.#last === "cpu") throw new AppError("model_failed", why, { cause });
      throw new AppError("device_unavailable", `${why} Choose the device auto or cpu.`, { cause });
    }
  }

  /** A session, or why there is none. */
  async #startAccelerator(
    provider: Provider,
    entry: ModelEntry,
    bytes: Uint8Array,
  ): Promise<Session | string> {
    const without = noCard();
    if (without !== undefined) return without;
    try {
      const session = await createSession(bytes, provider, this.#threads);
      if (this.#proven.has(provider)) return session;
      const slower = await this.#slowerThanCpu(entry, bytes, session);
      if (slower === undefined) {
        this.#proven.add(provider);
        return session;
      }
      await session.release();
      return slower;
    } catch (error) {
      return providerReason(error);
    }
  }

  /** A software driver passes for a graphics card but is hundreds of times slower than the cpu. */
  async #slowerThanCpu(entry: ModelEntry, bytes: Uint8Array, session: Session): Promise<string | undefined> {
    const cpu = await createSession(bytes, "cpu", this.#threads);
    try {
      const [there, here] = [await bestRunMs(session, entry), await bestRunMs(cpu, entry)];
      if (there <= here) return undefined;
      return `slower than the cpu (${there.toFixed(1)} against ${here.toFixed(1)} ms for ${entry.id})`;
    } finally {
      await cpu.release();
    }
  }
}

/** Best of two runs after a warm-up, which compiles shaders. */
async function bestRunMs(session: Session, entry: ModelEntry): Promise<number> {
  const inputs = zeroInputs(entry);
  await session.run(inputs);
  let best = Infinity;
  for (let i = 0; i < 2; i++) {
    const start = performance.now();
    await session.run(inputs);
    best = Math.min(best, performance.now() - start);
  }
  return best;
}
