import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as vscode from "vscode";
import { findMedia } from "../../../extension/clips.ts";
import { Log } from "../../../extension/log.ts";
import { PanelBridge } from "../../../extension/panels/bridge.ts";
import { FolderSource } from "../../../extension/panels/folderSource.ts";
import type { ToPanel } from "../../../shared/protocol/panel.ts";
import { analysisSchema } from "../../../shared/protocol/results.ts";
import { until } from "../../support/until.ts";

/** The clip that main.ts put into the workspace before it started VS Code. */
const clipName = "clip.mp4";

interface Found {
  readonly pid: number;
  readonly url: string;
  readonly token: string;
}

describe("the extension in a real VS Code", () => {
  const extension = vscode.extensions.getExtension("edin.edin")!;
  const dataDir = (): string => vscode.workspace.getConfiguration("edin").get<string>("dataDir")!;
  const discoveryFile = (): string => path.join(dataDir(), "daemon.json");
  const workspace = (): string => vscode.workspace.workspaceFolders![0]!.uri.fsPath;

  const discovered = async (): Promise<Found | undefined> =>
    existsSync(discoveryFile()) ? (JSON.parse(await readFile(discoveryFile(), "utf8")) as Found) : undefined;
  const warnings: string[] = [];
  const warned = ({ name, message }: Error) => void warnings.push(`${name}: ${message}`);
  before(() => void process.on("warning", warned));
  after(() => void process.off("warning", warned));
  const newDaemon = (oldPid: number) =>
    until(
      async () => {
        const found = await discovered();
        return found !== undefined && found.pid !== oldPid && isAlive(found.pid) ? found : undefined;
      },
      60_000,
      "another daemon",
    );

  it("is activated by use alone, and quickly, and starts no daemon by that", async () => {
    assert.ok(!extension.isActive, "something activated it before it was used");
    const [started, used] = [performance.now(), process.cpuUsage()];
    await extension.activate();
    const { user, system } = process.cpuUsage(used);
    const cpuMs = (user + system) / 1000;
    console.log(
      `      activation: ${(performance.now() - started).toFixed(0)} ms, ${cpuMs.toFixed(0)} ms of processor time`,
    );
    // Machines that test are busy, so that only what is heavy is caught here.
    assert.ok(cpuMs < 1000, `${cpuMs} ms`);
    const bundle = await stat(path.join(extension.extensionPath, "dist/extension.cjs"));
    assert.ok(bundle.size < 1_500_000, `${bundle.size} bytes`);
    assert.equal(await discovered(), undefined);
  });

  it("registers every command that it contributes", async () => {
    const { contributes } = extension.packageJSON as { contributes: { commands: { command: string }[] } };
    const registered = new Set(await vscode.commands.getCommands(true));
    const missing = contributes.commands.map(({ command }) => command).filter((c) => !registered.has(c));
    assert.deepEqual(missing, []);
  });

  it("takes nothing from a workspace that chooses programs, folders or devices (S16)", async () => {
    const { contributes, capabilities } = extension.packageJSON as {
      contributes: { configuration: { properties: Record<string, { scope: string }> } };
      capabilities: { untrustedWorkspaces: { restrictedConfigurations: string[] } };
    };
    const before = dataDir();
    const folder = path.join(workspace(), ".vscode");
    await mkdir(folder, { recursive: true });
    const planted = { "edin.dataDir": "/planted", "edin.ffmpegPath": "/planted", "edin.device": "cuda" };
    await writeFile(path.join(folder, "settings.json"), JSON.stringify(planted));
    await sleep(1500);
    const section = vscode.workspace.getConfiguration("edin");
    assert.equal(dataDir(), before);
    assert.equal(section.get("ffmpegPath"), "");
    assert.notEqual(section.get("device"), "cuda");
    await rm(folder, { recursive: true });
    const guarded = Object.entries(contributes.configuration.properties)
      .filter(([, { scope }]) => scope === "machine")
      .map(([name]) => name);
    assert.deepEqual(guarded.sort(), [...capabilities.untrustedWorkspaces.restrictedConfigurations].sort());
  });

  it("starts the daemon with the editor's own Node, and it answers with the token alone", async () => {
    await vscode.commands.executeCommand("edin.restartDaemon");
    const ask = async (withToken: boolean) => {
      const daemon = await discovered();
      const headers = { authorization: `Bearer ${daemon?.token}` };
      return daemon && (await fetch(`${daemon.url}/api/status`, withToken ? { headers } : {})).status;
    };
    // The file of the one before it may still lie there for a moment.
    await until(async () => (await ask(true).catch(() => undefined)) === 200, 60_000, "an answer");
    assert.equal(await ask(false), 401);
  });

  it("starts it again after it was killed", async () => {
    const before = await until(discovered, 60_000, "the discovery file");
    process.kill(before.pid, "SIGKILL");
    const after = await newDaemon(before.pid);
    assert.ok(isAlive(after.pid));
  });

  it("analyses a clip and opens its result in the editor for results", async () => {
    await vscode.commands.executeCommand("edin.analyse", vscode.Uri.file(path.join(workspace(), clipName)));
    const analyses = await readdir(path.join(dataDir(), "analyses"));
    assert.equal(analyses.length, 1);
    const input = await until(
      () => {
        const active = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
        return active instanceof vscode.TabInputCustom ? active : undefined;
      },
      60_000,
      "the result's tab",
    );
    assert.equal(input.viewType, "edin.result");
    assert.equal(input.uri.fsPath, path.join(dataDir(), "analyses", analyses[0]!, "analysis.json"));
    await until(
      () => vscode.window.tabGroups.activeTabGroup.activeTab?.label === `${clipName}, multimodal`,
      60_000,
      "the clip's name in the tab",
    );
  });

  it("serves many streams of one panel, and Node warns of no leak", async () => {
    const [id] = await readdir(path.join(dataDir(), "analyses"));
    const folder = path.join(dataDir(), "analyses", id!);
    const analysis = analysisSchema.parse(
      JSON.parse(await readFile(path.join(folder, "analysis.json"), "utf8")),
    );
    const asked = new vscode.EventEmitter<unknown>();
    const pieces = new Set<number>();
    const webview = {
      onDidReceiveMessage: asked.event,
      postMessage: (message: ToPanel) => {
        if (message.type === "piece" && message.data !== undefined) pieces.add(message.id);
        return Promise.resolve(true);
      },
    } as unknown as vscode.Webview;
    const bridge = new PanelBridge(webview, new FolderSource(folder, analysis), new Log());
    for (let stream = 0; stream < 30; stream++) {
      const what = { kind: "file", analysisId: analysis.id, name: "frames.jsonl" };
      asked.fire({ type: "open", id: stream, what });
      asked.fire({ type: "pull", id: stream });
    }
    await until(() => pieces.size === 30, 60_000, "a piece of each stream");
    bridge.dispose();
    // Node warns after the turn in which it counted.
    await sleep(100);
    assert.deepEqual(
      warnings.filter((warning) => warning.includes("MaxListeners")),
      [],
    );
  });

  it("opens result files of the command line by their name", async () => {
    const [id] = await readdir(path.join(dataDir(), "analyses"));
    const copy = path.join(workspace(), "analysis.json");
    await copyFile(path.join(dataDir(), "analyses", id!, "analysis.json"), copy);
    await vscode.commands.executeCommand("vscode.open", vscode.Uri.file(copy));
    await until(
      () => {
        const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
        return input instanceof vscode.TabInputCustom && input.uri.fsPath === copy ? input : undefined;
      },
      60_000,
      "the result's tab",
    );
  });

  it("opens an analysis.json of somebody else as text, without an error", async () => {
    const folder = path.join(workspace(), "foreign");
    await mkdir(folder);
    const file = path.join(folder, "analysis.json");
    await writeFile(file, '{"what": "of another program"}');
    await vscode.commands.executeCommand("vscode.open", vscode.Uri.file(file));
    const editor = await until(
      () =>
        vscode.window.activeTextEditor?.document.uri.fsPath === file
          ? vscode.window.activeTextEditor
          : undefined,
      60_000,
      "an editor for the text",
    );
    assert.match(editor.document.getText(), /of another program/);
    const custom = vscode.window.tabGroups.all
      .flatMap(({ tabs }) => tabs)
      .filter(({ input }) => input instanceof vscode.TabInputCustom && input.uri.fsPath === file);
    assert.deepEqual(custom, []);
  });

  it("writes a report of an issue without folders, names of clips and secrets", async () => {
    await vscode.commands.executeCommand("edin.reportIssue");
    const text = vscode.window.activeTextEditor!.document.getText();
    const { token } = await until(discovered, 60_000, "the discovery file");
    assert.match(text, /EDIN \d+\.\d+/);
    assert.match(text, /- ffmpeg: /);
    for (const hidden of [token, dataDir(), workspace(), clipName, "clip.mp4"])
      assert.ok(!text.includes(hidden), hidden);
  });

  it("finds the clips of a data set of links (git-annex, DataLad), also those whose content is elsewhere", async () => {
    const set = path.join(workspace(), "dataset");
    await mkdir(path.join(set, ".git/annex/objects"), { recursive: true });
    await copyFile(path.join(workspace(), clipName), path.join(set, ".git/annex/objects/a.mp4"));
    await symlink(".git/annex/objects/a.mp4", path.join(set, "here.mp4"));
    await symlink(".git/annex/objects/b.mp4", path.join(set, "away.mp4"));
    await symlink("..", path.join(set, "round.mp4"));
    const { token } = new vscode.CancellationTokenSource();
    const found = await findMedia([vscode.Uri.file(set)], 100, token);
    assert.deepEqual(
      found.map(({ fsPath }) => path.basename(fsPath)),
      ["away.mp4", "here.mp4"],
    );
  });

  it("stops the daemon that it started, whatever asks by itself", async () => {
    await vscode.commands.executeCommand("edin.openLive");
    await vscode.commands.executeCommand("edin.live.focus");
    const { pid } = await until(discovered, 60_000, "the discovery file");
    await vscode.commands.executeCommand("edin.stopDaemon");
    assert.ok(!isAlive(pid));
    // The panel asks for sessions every three seconds.
    await sleep(4000);
    assert.equal(await discovered(), undefined);
  });

  it("starts it again for a command that needs it, also while it is just ending", async () => {
    const clip = vscode.Uri.file(path.join(workspace(), clipName));
    await vscode.commands.executeCommand("edin.analyse", clip);
    const { pid } = await until(discovered, 60_000, "the discovery file");
    const stopped = vscode.commands.executeCommand("edin.stopDaemon");
    await vscode.commands.executeCommand("edin.analyse", clip);
    await stopped;
    assert.ok(!isAlive(pid));
    await newDaemon(pid);
    assert.equal((await readdir(path.join(dataDir(), "analyses"))).length, 3);
  });

  it("adopts a daemon that already runs for the data folder, and leaves it running", async () => {
    await vscode.commands.executeCommand("edin.stopDaemon");
    const own = startOwnDaemon(path.join(extension.extensionPath, "dist/edin.js"), dataDir());
    try {
      const daemon = await until(
        async () => {
          const found = await discovered();
          return found?.pid === own.pid ? found : undefined;
        },
        60_000,
        "our own daemon",
      );
      await vscode.commands.executeCommand("edin.restartDaemon");
      assert.equal((await discovered())?.pid, daemon.pid);
      await vscode.commands.executeCommand("edin.stopDaemon");
      await sleep(500);
      assert.ok(isAlive(daemon.pid));
    } finally {
      if (own.exitCode === null) {
        const ended = new Promise((resolve) => own.once("exit", resolve));
        own.kill();
        await ended;
      }
    }
  });
});

function startOwnDaemon(script: string, dataDir: string): ChildProcess {
  return spawn(process.execPath, [script, "serve", "--port", "0", "--data-dir", dataDir], {
    stdio: "ignore",
    env: { ...process.env, ELECTRON_RUN_AS_NODE: "1" },
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
