// The program of the thread that reads files of a user; readThread.ts starts it and asks it once.
import { parentPort } from "node:worker_threads";
import { toAppError } from "../../shared/errors.ts";
import type { Failure } from "../../shared/protocol/failure.ts";
import { readers, type Kind, type Readers } from "./readers.ts";

export interface Asked<K extends Kind = Kind> {
  readonly kind: K;
  readonly input: Parameters<Readers[K]>[0];
}
export type ReadAnswer = { readonly value: unknown } | { readonly failure: Failure };

async function answer({ kind, input }: Asked): Promise<ReadAnswer> {
  try {
    const read = readers[kind] as (input: unknown) => unknown;
    return { value: await read(input) };
  } catch (error) {
    const { code, message } = toAppError(error);
    return { failure: { code, message } };
  }
}

parentPort?.once(
  "message",
  (asked: Asked) => void answer(asked).then((told) => parentPort?.postMessage(told)),
);
