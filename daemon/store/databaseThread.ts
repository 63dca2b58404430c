import type { Worker } from "node:worker_threads";
import { setImmediate } from "node:timers/promises";
import { startThread } from "../startThread.ts";
import type { Answered, Asked, Call, Failed, Rows } from "./databaseThreadMain.ts";

interface Wait {
  readonly resolve: (rows: Rows) => void;
  readonly reject: (error: Error) => void;
}

/**
 * PGlite in a thread of its own: it computes and writes on the thread that calls it, and the daemon answers others meanwhile,
 * however long a statement takes. It does not keep the process alive while nothing is asked.
 */
export class DatabaseThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Wait>();
  #ended = false;
  #calls = 0;

  constructor() {
    this.#worker = startThread("edin-database");
    this.#worker.on("message", (told: Answered) => {
      const wait = this.#waiting.get(told.id);
      this.#waiting.delete(told.id);
      if (this.#waiting.size === 0) this.#worker.unref();
      if ("answer" in told) wait?.resolve(told.answer);
      else wait?.reject(errorOf(told.failed));
    });
    this.#worker.on("error", (error) => this.#end(error.message));
    this.#worker.on("exit", () => this.#end("it was ended"));
    this.#worker.unref();
  }

  /** Opens the database of a folder, and makes it where there is none. */
  async open(folder: string): Promise<void> {
    await this.#call({ kind: "open", folder });
  }

  /** Rows come in pieces: what is large does not hold up the thread that asked for it. */
  async query(text: string, parameters: readonly unknown[]): Promise<Omit<Rows, "left">> {
    const of = this.#calls + 1;
    const { rows, ...first } = await this.#call({ kind: "query", text, parameters });
    for (let { left } = first; left > 0;) {
      await setImmediate();
      const piece = await this.#call({ kind: "more", of });
      for (const row of piece.rows) rows.push(row);
      left = piece.left;
    }
    return { ...first, rows };
  }

  async close(): Promise<void> {
    await this.#call({ kind: "close" });
  }

  /** Ends the thread, whatever it does. */
  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #call(call: Call): Promise<Rows> {
    if (this.#ended) return Promise.reject(gone("it was ended"));
    const id = ++this.#calls;
    return new Promise<Rows>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.ref();
      this.#worker.postMessage({ id, call } satisfies Asked);
    });
  }

  #end(why: string): void {
    this.#ended = true;
    for (const { reject } of this.#waiting.values()) reject(gone(why));
    this.#waiting.clear();
  }
}

/** As PostgreSQL tells of a connection that will never answer again. */
const gone = (why: string) =>
  Object.assign(new Error(`the thread of the database has ended: ${why}`), { severity: "FATAL" });

function errorOf({ name, message, stack, facts }: Failed): Error {
  const error = Object.assign(new Error(message), facts, { name });
  if (stack !== undefined) error.stack = stack;
  return error;
}
