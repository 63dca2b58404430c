import { AppError } from "../../shared/errors.ts";
import type { ModelEntry } from "../../shared/protocol/models.ts";
import type { DeviceChoice, Provider } from "../../shared/protocol/results.ts";
import { noCard, providerReason, type FallThrough } from "./device.ts";
import { startSession, zeroInputs, type NetworkSession } from "./session.ts";

/** Makes sessions, here or on another thread. */
export type CreateSession = typeof startSession;

/** Reads, and checks, the file of an entry. */
type ReadModel = (entry: ModelEntry) => Promise<Uint8Array>;

const onCpu = (entry: ModelEntry): ModelEntry => ({ ...entry, ...entry.cpu });

export interface StartedSession {
  /** What was started: on the cpu its own form of the network, where there is one. */
  readonly entry: ModelEntry;
  readonly provider: Provider;
  readonly session: NetworkSession;
}

/** Starts sessions on the best provider that serves, and remembers why others did not. */
export class SessionStarter {
  readonly fallThrough: FallThrough[] = [];
  readonly #threads: number;
  readonly #create: CreateSession;
  readonly #withoutCard: () => string | undefined;
  /** Worth trying before `#last`, best first. */
  #accelerators: readonly Provider[];
  /** The one that must serve. */
  readonly #last: Provider;
  /** Accelerators that beat the cpu. */
  readonly #proven = new Set<Provider>();
  /** One start at a time: the first network decides about an accelerator for all. */
  #queue: Promise<unknown> = Promise.resolve();

  /** @param withoutCard Why this machine has no graphics card, if it has none. */
  constructor(
    device: DeviceChoice,
    threads: number,
    create: CreateSession = startSession,
    withoutCard = noCard,
  ) {
    this.#threads = threads;
    this.#create = create;
    this.#withoutCard = withoutCard;
    this.#accelerators = device === "auto" ? ["cuda", "webgpu"] : [];
    this.#last = device === "auto" ? "cpu" : device;
  }

  /** @param read The bytes of an entry's file. */
  start(entry: ModelEntry, read: ReadModel): Promise<StartedSession> {
    const started = this.#queue.then(() => this.#start(entry, read));
    this.#queue = started.catch(() => undefined);
    return started;
  }

  async #start(entry: ModelEntry, read: ReadModel): Promise<StartedSession> {
    for (const provider of this.#accelerators) {
      const started = await this.#startAccelerator(provider, entry, read);
      if (typeof started !== "string") return { entry, provider, session: started };
      this.fallThrough.push({ provider, reason: started });
      // One that serves other networks is tried again for the next.
      if (!this.#proven.has(provider))
        this.#accelerators = this.#accelerators.filter((other) => other !== provider);
    }
    const last = this.#last === "cpu" ? onCpu(entry) : entry;
    const bytes = await read(last);
    try {
      const session = await this.#create(bytes, this.#last, this.#threads);
      return { entry: last, provider: this.#last, session };
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
    read: ReadModel,
  ): Promise<NetworkSession | string> {
    const without = this.#withoutCard();
    if (without !== undefined) return without;
    const bytes = await read(entry);
    try {
      const session = await this.#create(bytes, provider, this.#threads);
      if (this.#proven.has(provider)) return session;
      const slower = await this.#slowerThanCpu(entry, read, session);
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
  async #slowerThanCpu(
    entry: ModelEntry,
    read: ReadModel,
    session: NetworkSession,
  ): Promise<string | undefined> {
    const cpu = await this.#create(await read(onCpu(entry)), "cpu", this.#threads);
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
async function bestRunMs(session: NetworkSession, entry: ModelEntry): Promise<number> {
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
