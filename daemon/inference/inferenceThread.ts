import { SHARE_ENV, type Worker } from "node:worker_threads";
import type { Provider } from "../../shared/protocol/results.ts";
import { startThread } from "../startThread.ts";
import { ArrayPool } from "./arrayPool.ts";
import type { Answer, Call } from "./inferenceThreadMain.ts";
import type { NetworkSession, Tensor, Tensors } from "./session.ts";

type Wait = { resolve: (value: never) => void; reject: (error: Error) => void };

/**
 * Sessions on a thread of their own: ONNX Runtime computes on the thread that calls it, so that the caller's would
 * stand still. The thread starts with the first session and does not keep the process alive while nothing runs.
 */
export class InferenceThread implements AsyncDisposable {
  readonly #waiting = new Map<number, Wait>();
  /**
   * In memory that both threads see. Moving memory between threads instead would cost more than it saves: once one array
   * buffer has moved away, V8 checks at every access to any of them.
   */
  readonly #buffers = new ArrayPool((bytes) => new SharedArrayBuffer(bytes));
  #worker: Worker | undefined;
  #calls = 0;

  /** As {@link import("./session.ts").createSession}, on the thread. */
  async createSession(bytes: Uint8Array, provider: Provider, threads: number): Promise<NetworkSession> {
    const { session, inputs, outputs } = await this.#call<"create">({
      ...{ kind: "create", bytes, provider, threads },
    });
    return {
      inputs,
      outputs,
      run: (tensors) => this.#run(session, tensors),
      release: () => this.#call<"release">({ kind: "release", session }),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker?.terminate();
  }

  async #run(session: number, tensors: Tensors): Promise<Record<string, Tensor>> {
    const inputs = Object.entries(tensors).map(([name, { data, shape }]) => {
      const copy = this.#buffers.take(data.length);
      copy.set(data);
      return { name, data: copy, shape };
    });
    try {
      const outputs = await this.#call<"run">({ kind: "run", session, inputs });
      return Object.fromEntries(outputs.map(({ name, data, shape }) => [name, { data, shape }]));
    } finally {
      for (const { data } of inputs) this.#buffers.give(data);
    }
  }

  #call<K extends Call["kind"]>(call: Extract<Call, { kind: K }>): Promise<Answer[K]> {
    const worker = (this.#worker ??= this.#start());
    const id = ++this.#calls;
    return new Promise<Answer[K]>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      worker.ref();
      worker.postMessage({ id, call });
    });
  }

  #start(): Worker {
    // The threads of a process share its environment: see runtime.ts.
    const worker = startThread("edin-inference", { env: SHARE_ENV });
    worker.on("message", ({ id, answer, error }: { id: number; answer: never; error?: string }) => {
      const wait = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (this.#waiting.size === 0) worker.unref();
      if (error === undefined) wait?.resolve(answer);
      else wait?.reject(new Error(error));
    });
    const end = (error: Error) => {
      this.#worker = undefined;
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    };
    worker.on("error", end);
    worker.on("exit", () => end(new Error("the thread of the networks has ended")));
    worker.unref();
    return worker;
  }
}
