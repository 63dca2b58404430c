import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";

const edinJs = path.join(import.meta.dirname, "../../../dist/edin.js");
/** The calls that name an address; the resolver of the C library and that of Node both go through them. */
const calls = "connect,bind,sendto,sendmsg,sendmmsg";

/** What a command did. */
export interface Watched {
  readonly code: number | null;
  readonly output: string;
  /** Addresses other than loopback, and questions to a resolver wherever it is, with the calls that named them. */
  readonly reached: readonly string[];
}

export interface Running {
  readonly ended: Promise<Watched>;
  /** As of {@link Watched}, so far. */
  reached(): Promise<string[]>;
  output(): string;
  /** Closes its standard input. */
  stop(): void;
  terminate(): Promise<void>;
}

/**
 * Programs in a network namespace that has a loopback and nothing else, each under strace with all its threads and
 * children, and with a HOME that is empty. Linux; needs the right to make a namespace (root in a container has it).
 */
export class WatchedNetwork implements AsyncDisposable {
  /** Everything that a command leaves in its home. */
  readonly home: string;
  readonly #folder: string;
  readonly #holder: ChildProcess;
  readonly #children: ChildProcess[] = [];

  private constructor(folder: string, holder: ChildProcess) {
    this.#folder = folder;
    this.home = path.join(folder, "home");
    this.#holder = holder;
  }

  static async open(): Promise<WatchedNetwork> {
    const folder = await mkdtemp(path.join(os.tmpdir(), "edin-network-"));
    await mkdir(path.join(folder, "home"));
    const script = "ip link set lo up && echo ready && exec cat";
    const holder = spawn("unshare", ["--net", "sh", "-c", script], { stdio: ["pipe", "pipe", "inherit"] });
    const said = new Promise<string>((resolve) => holder.stdout.setEncoding("utf8").once("data", resolve));
    const ended = once(holder, "exit").then(() => "");
    if ((await Promise.race([said, ended])) !== "ready\n")
      throw new Error("no network namespace: are iproute2 and util-linux there?");
    return new WatchedNetwork(folder, holder);
  }

  /** Runs the built `edin` to its end. */
  edin(args: readonly string[], environment: Record<string, string> = {}): Promise<Watched> {
    return this.run([edinJs, ...args], environment);
  }

  /** Runs Node to its end. */
  run(args: readonly string[], environment: Record<string, string> = {}): Promise<Watched> {
    return this.start(args, environment).ended;
  }

  /** Starts Node; `stop` asks it to end. */
  start(args: readonly string[], environment: Record<string, string> = {}): Running {
    const trace = path.join(this.#folder, `${this.#children.length}.trace`);
    const strace = ["strace", "--seccomp-bpf", "-f", "-qq", "-e", `trace=${calls}`, "-o", trace, "--"];
    const child = spawn(
      "nsenter",
      [`--net=/proc/${this.#holder.pid}/ns/net`, ...strace, process.execPath, ...args],
      {
        env: { PATH: process.env["PATH"], HOME: this.home, ...environment },
        // Its standard input is open as long as it is not stopped: see `--stdio-lifetime`.
        stdio: ["pipe", "pipe", "pipe"],
        // A process group of its own, so that strace and what it watches can be ended together.
        detached: true,
      },
    );
    this.#children.push(child);
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    const reached = async () => outside(await readFile(trace, "utf8").catch(() => ""));
    const ended = once(child, "close").then(async ([code]) => ({
      code: code as number | null,
      output,
      reached: await reached(),
    }));
    return {
      ended,
      reached,
      output: () => output,
      stop: () => child.stdin.end(),
      async terminate() {
        const children = await readFile(`/proc/${child.pid}/task/${child.pid}/children`, "utf8");
        process.kill(Number(children.trim().split(" ")[0]), "SIGTERM");
      },
    };
  }

  /** Files under the home, by their path in it. */
  async filesAtHome(): Promise<string[]> {
    return readdir(this.home, { recursive: true }).catch(() => []);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children.filter(({ exitCode }) => exitCode === null))
      process.kill(-child.pid!, "SIGKILL");
    this.#holder.stdin!.end();
    await once(this.#holder, "exit");
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Lines of a trace that name an address beyond this machine, or ask for a name. */
export function outside(trace: string): string[] {
  return trace.split("\n").filter((line) => {
    const address = /inet_addr\("([^"]*)"\)|inet_pton\(AF_INET6, "([^"]*)"/.exec(line);
    if (address === null) return /resolve\/io\.systemd\.Resolve"/.test(line);
    const host = address[1] ?? address[2]!;
    const loopback = /^(::ffff:)?127\./.test(host) || host === "::1";
    return !loopback || /htons\(53\)/.test(line);
  });
}
