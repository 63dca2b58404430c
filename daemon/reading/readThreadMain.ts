// The program of the thread that reads one file of a user; readThread.ts starts it and asks it once.
import { parentPort } from "node:worker_threads";
import { toAppError } from "../../shared/errors.ts";
import { readEvents } from "../../shared/study/eventFiles.ts";
import { readPlaces } from "../../shared/study/linkPattern.ts";
import type { Failure } from "../../shared/protocol/failure.ts";
import { readResponses, type ReadOptions } from "../beq/readResponses.ts";
import { parseInterview } from "../documents/interviewFile.ts";
import { decodeText } from "../text/decodeText.ts";

/** What can be read, by its kind: what is asked and what is answered. */
const readers = {
  responses: ({ bytes, options }: { bytes: Uint8Array; options: ReadOptions }) =>
    readResponses(bytes, options),
  places: ({ bytes }: { bytes: Uint8Array }) => readPlaces(decodeText(bytes).text),
  events: ({ bytes }: { bytes: Uint8Array }) => readEvents(decodeText(bytes).text),
  interview: ({ bytes }: { bytes: Uint8Array }) => parseInterview(decodeText(bytes).text),
};

export type Readers = typeof readers;
export type Kind = keyof Readers;
export interface Asked<K extends Kind = Kind> {
  readonly kind: K;
  readonly input: Parameters<Readers[K]>[0];
}
export type ReadAnswer = { readonly value: unknown } | { readonly failure: Failure };

function answer({ kind, input }: Asked): ReadAnswer {
  try {
    const read = readers[kind] as (input: unknown) => unknown;
    return { value: read(input) };
  } catch (error) {
    const { code, message } = toAppError(error);
    return { failure: { code, message } };
  }
}

parentPort?.once("message", (asked: Asked) => parentPort?.postMessage(answer(asked)));
