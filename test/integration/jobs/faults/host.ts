import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A process on a host, with what it says. */
export interface HostProcess {
  readonly child: ChildProcess;
  /** Lines of stdout and stderr so far. */
  readonly lines: string[];
  readonly ended: Promise<unknown>;
}

/**
 * A host with an address of its own: a network namespace and a mount namespace, joined by a cable to the bridge of the namespace
 * that this process runs in. Linux; needs the right to make namespaces.
 */
export class Host implements AsyncDisposable {
  readonly address: string;
  readonly #cable: string;
  readonly #holder: ChildProcess;
  readonly #processes: HostProcess[] = [];

  private constructor(address: string, cable: string, holder: ChildProcess) {
    this.address = address;
    this.#cable = cable;
    this.#holder = holder;
  }

  /** Makes the bridge that hosts are joined to; once, and in a network namespace of this process' own. */
  static async bridge(): Promise<void> {
    await run("ip", ["link", "set", "lo", "up"]);
    await run("ip", ["link", "add", "edin0", "type", "bridge"]);
    await run("ip", ["address", "add", "10.77.0.1/24", "dev", "edin0"]);
    await run("ip", ["link", "set", "edin0", "up"]);
  }

  static async join(number: number): Promise<Host> {
    const holder = spawn(
      "unshare",
      ["--net", "--mount", "sh", "-c", "ip link set lo up && echo ready && exec cat"],
      {
        stdio: ["pipe", "pipe", "inherit"],
      },
    );
    await once(holder.stdout, "data");
    const cable = `edin${number}`;
    const address = `10.77.0.${number}`;
    const peer = ["peer", "name", "eth0", "netns", String(holder.pid)];
    await run("ip", ["link", "add", cable, "type", "veth", ...peer]);
    await run("ip", ["link", "set", cable, "master", "edin0", "up"]);
    const host = new Host(address, cable, holder);
    await host.do("ip", "address", "add", `${address}/24`, "dev", "eth0");
    await host.do("ip", "link", "set", "eth0", "up");
    return host;
  }

  /** Runs a command there to its end. */
  async do(...command: string[]): Promise<void> {
    await run("nsenter", [...this.#enter(), ...command]);
  }

  start(command: readonly string[], env: Record<string, string> = {}): HostProcess {
    const child = spawn("nsenter", [...this.#enter(), ...command], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { PATH: process.env["PATH"], HOME: "/nonexistent", ...env },
    });
    const lines: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      let rest = "";
      stream.setEncoding("utf8").on("data", (text: string) => {
        const parts = (rest + text).split("\n");
        rest = parts.pop()!;
        lines.push(...parts);
      });
    }
    const started = { child, lines, ended: once(child, "exit") };
    this.#processes.push(started);
    return started;
  }

  /** Pulls the cable. */
  async cut(): Promise<void> {
    await run("ip", ["link", "set", this.#cable, "down"]);
  }

  async mend(): Promise<void> {
    await run("ip", ["link", "set", this.#cable, "up"]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { child, ended } of this.#processes) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill("SIGKILL");
      await ended;
    }
    this.#holder.stdin!.end();
    await once(this.#holder, "exit");
  }

  #enter(): string[] {
    const spaces = `/proc/${this.#holder.pid}/ns`;
    return [`--net=${spaces}/net`, `--mount=${spaces}/mnt`, "--"];
  }
}
