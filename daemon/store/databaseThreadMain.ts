// The program of the thread that the embedded database has to itself; databaseThread.ts starts it and asks it.
import { parentPort } from "node:worker_threads";
import type { PGlite } from "@electric-sql/pglite";
import { openPrivately } from "./openPrivately.ts";

export type Call =
  | { readonly kind: "open"; readonly folder: string }
  | { readonly kind: "query"; readonly text: string; readonly parameters: readonly unknown[] }
  /** The next rows of the query with this id. */
  | { readonly kind: "more"; readonly of: number }
  | { readonly kind: "close" };

/** A result with its first rows, or the next of them; `left` more are there. */
export interface Rows {
  readonly rows: unknown[];
  readonly left: number;
  /** Of the statement, where it says so. */
  readonly command?: string | undefined;
  readonly affected?: number | undefined;
}

/** What is known of a failure; a class does not pass from thread to thread. */
export interface Failed {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly facts: Readonly<Record<string, string>>;
}

export interface Asked {
  readonly id: number;
  readonly call: Call;
}
export type Answered =
  { readonly id: number; readonly answer: Rows } | { readonly id: number; readonly failed: Failed };

/** Rows an answer: whoever gets them does other work between two. */
const rowsAtOnce = 1000;

let database: PGlite | undefined;
const waiting = new Map<number, unknown[]>();

async function answer({ id, call }: Asked): Promise<Rows> {
  switch (call.kind) {
    case "open":
      database = await openPrivately(call.folder);
      return nothing;
    case "query": {
      // Without parameters a text may hold several statements, as with a server.
      const { text, parameters } = call;
      const result =
        parameters.length === 0
          ? (await database!.exec(text)).at(-1)
          : await database!.query(text, [...parameters]);
      waiting.set(id, result?.rows ?? []);
      return { ...next(id), command: result?.command, affected: result?.affectedRows };
    }
    case "more":
      return next(call.of);
    case "close":
      await database?.close();
      database = undefined;
      return nothing;
  }
}

const nothing: Rows = { rows: [], left: 0 };

function next(of: number): Rows {
  const all = waiting.get(of) ?? [];
  const rows = all.splice(0, rowsAtOnce);
  if (all.length === 0) waiting.delete(of);
  return { rows, left: all.length };
}

const factNames = ["code", "severity", "detail", "hint", "table", "column", "constraint", "path"] as const;

/** What WASI's numbers of failed calls mean that are about the disk; Emscripten's file system fails with them. */
const wasiCodes: Readonly<Record<number, string>> = {
  ...{ 2: "EACCES", 19: "EDQUOT", 29: "EIO", 51: "ENOSPC", 63: "EPERM", 69: "EROFS" },
};

function failedWith(error: unknown): Failed {
  const { name, message, stack, errno, ...rest } = error as Error & Record<string, unknown>;
  const code = name === "ErrnoError" ? wasiCodes[errno as number] : undefined;
  const facts = factNames.flatMap((fact) => {
    const value = fact === "code" ? (code ?? rest[fact]) : rest[fact];
    return typeof value === "string" ? [[fact, value] as const] : [];
  });
  return { name, message, stack, facts: Object.fromEntries(facts) };
}

const port = parentPort!;
port.on("message", (asked: Asked) => {
  answer(asked).then(
    (given) => port.postMessage({ id: asked.id, answer: given } satisfies Answered),
    (error: unknown) => port.postMessage({ id: asked.id, failed: failedWith(error) } satisfies Answered),
  );
});
