import { execFile, spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type * as z from "zod";
import { startAnalysis, getAnalysis } from "../../shared/protocol/analyses.ts";
import { discoverySchema, type Discovery } from "../../shared/protocol/discovery.ts";
import { Caller } from "../../shared/protocol/caller.ts";
import type { Endpoint } from "../../shared/protocol/endpoint.ts";
import type { Pipeline } from "../../shared/protocol/pipelines.ts";

const run = promisify(execFile);
const builtCommand = path.resolve(import.meta.dirname, "../../dist/edin.js");

/** A real daemon on a folder of its own, as a user starts it. */
export class TestDaemon implements AsyncDisposable {
  readonly folder: string;
  readonly #script: string;
  readonly #discovery: Discovery;
  readonly #end: () => Promise<void>;

  private constructor(folder: string, script: string, discovery: Discovery, end: () => Promise<void>) {
    this.folder = folder;
    this.#script = script;
    this.#discovery = discovery;
    this.#end = end;
  }

  /** Media may be read in the daemon's folder. @param script the built command */
  static async start(script = builtCommand): Promise<TestDaemon> {
    const folder = await mkdtemp(path.join(os.tmpdir(), "edin-browser-"));
    const args = ["serve", "--port", "0", "--data-dir", path.join(folder, "data"), "--root", folder];
    const child = spawn(process.execPath, [script, ...args], { stdio: "ignore" });
    const end = async (): Promise<void> => {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      if (child.kill()) await ended;
      await rm(folder, { recursive: true, force: true });
    };
    const until = Date.now() + 90_000;
    while (Date.now() < until && child.exitCode === null) {
      const text = await readFile(path.join(folder, "data", "daemon.json"), "utf8").catch(() => undefined);
      if (text !== undefined)
        return new TestDaemon(folder, script, discoverySchema.parse(JSON.parse(text)), end);
      await sleep(100);
    }
    await end();
    throw new Error("the daemon did not start");
  }

  get token(): string {
    return this.#discovery.token;
  }

  /** Calls a route with the token. */
  async call<Request extends z.ZodObject, Response extends z.ZodType>(
    route: Endpoint<Request, Response>,
    request: z.input<Request>,
  ): Promise<z.output<Response>> {
    const authorization = `Bearer ${this.token}`;
    const caller = new Caller<globalThis.Response, AbortSignal>({
      send: (at, { headers, ...init }) =>
        fetch(this.#discovery.url + at, { ...init, headers: { ...headers, authorization } }),
    });
    return caller.call(route, request);
  }

  /** Analyses a clip to its end; returns the id. */
  async analyse(mediaPath: string, pipeline: Pipeline = "multimodal"): Promise<string> {
    const { analysis } = await this.call(startAnalysis, { mediaPath, pipeline });
    const until = Date.now() + 180_000;
    while (Date.now() < until) {
      const now = await this.call(getAnalysis, { id: analysis.id });
      if (now.analysis.state === "done") return analysis.id;
      if (now.analysis.failure !== undefined) throw new Error(now.analysis.failure.message);
      await sleep(300);
    }
    throw new Error("the analysis did not end");
  }

  /** An address that lets one browser in, from the command line. */
  async pageUrl(): Promise<string> {
    const { stdout } = await run(process.execPath, [
      this.#script,
      "open",
      "--print",
      "--data-dir",
      path.join(this.folder, "data"),
    ]);
    return stdout.trim();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
  }
}
