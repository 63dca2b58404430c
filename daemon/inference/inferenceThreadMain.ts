// The program of the thread that runs networks; inferenceThread.ts starts it and asks it.
import { parentPort } from "node:worker_threads";
import type { Provider } from "../../shared/protocol/results.ts";
import { ArrayPool } from "./arrayPool.ts";
import { startSession, type Declared, type NetworkSession } from "./session.ts";

interface NamedTensor {
  readonly name: string;
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** What the thread is asked. */
export type Call =
  | { readonly kind: "create"; bytes: Uint8Array; provider: Provider; threads: number }
  | { readonly kind: "run"; readonly session: number; readonly inputs: readonly NamedTensor[] }
  | { readonly kind: "release"; readonly session: number };

/** What it answers to each kind. */
export interface Answer {
  readonly create: {
    readonly session: number;
    readonly inputs: readonly Declared[];
    readonly outputs: readonly Declared[];
  };
  readonly run: readonly NamedTensor[];
  readonly release: undefined;
}

const sessions = new Map<number, NetworkSession>();
const buffers = new ArrayPool((bytes) => new ArrayBuffer(bytes));
let made = 0;

async function create({ bytes, provider, threads }: Extract<Call, { kind: "create" }>) {
  const session = await startSession(bytes, provider, threads);
  sessions.set(++made, session);
  return { session: made, inputs: session.inputs, outputs: session.outputs };
}

async function run({ session, inputs }: Extract<Call, { kind: "run" }>): Promise<Answer["run"]> {
  // Copies: the runtime does not read shared memory.
  const copies = inputs.map(({ name, data, shape }) => {
    const copy = buffers.take(data.length);
    copy.set(data);
    return { name, data: copy, shape };
  });
  try {
    const feeds = Object.fromEntries(copies.map(({ name, data, shape }) => [name, { data, shape }]));
    const outputs = await sessions.get(session)!.run(feeds);
    return Object.entries(outputs).map(([name, { data, shape }]) => ({ name, data, shape }));
  } finally {
    for (const { data } of copies) buffers.give(data);
  }
}

async function release(session: number): Promise<undefined> {
  await sessions.get(session)!.release();
  sessions.delete(session);
  return undefined;
}

const port = parentPort!;
port.on("message", ({ id, call }: { id: number; call: Call }) => {
  const work =
    call.kind === "create" ? create(call) : call.kind === "run" ? run(call) : release(call.session);
  work.then(
    (answer) => port.postMessage({ id, answer }),
    (error: unknown) =>
      port.postMessage({ id, error: error instanceof Error ? error.message : String(error) }),
  );
});
