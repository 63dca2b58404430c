import os from "node:os";
import * as vscode from "vscode";
import { defaultDataDir } from "../shared/dataDir.ts";
import { deviceChoiceSchema, type DeviceChoice } from "../shared/protocol/results.ts";
import { defaultPipeline, pipelineSchema, type Pipeline } from "../shared/protocol/pipelines.ts";

/** Every setting of EDIN, typed; package.json has the same names and defaults. Nothing else reads the configuration. */
export interface Settings {
  /** Where database, results and the discovery file lie. */
  readonly dataDir: string;
  /** Empty: the one on the PATH, or the one that comes with EDIN. */
  readonly ffmpegPath: string;
  /** Of trainings with PyTorch. Empty: looked for. */
  readonly pythonPath: string;
  readonly device: DeviceChoice;
  readonly pipeline: Pipeline;
  readonly openResultWhenDone: boolean;
  /** Analyses at a time; 0: as many as the machine carries. */
  readonly jobs: number;
}

/** The settings of EDIN as they are now. */
export function readSettings(): Settings {
  const section = vscode.workspace.getConfiguration("edin");
  const text = (name: string): string => section.get<string>(name, "");
  return {
    dataDir: text("dataDir") || defaultDataDir(process.platform, os.homedir(), process.env),
    ffmpegPath: text("ffmpegPath"),
    pythonPath: text("pythonPath"),
    // A value that a newer or older version wrote falls back to the default.
    device: deviceChoiceSchema.catch("auto").parse(section.get("device")),
    pipeline: pipelineSchema.catch(defaultPipeline).parse(section.get("pipeline")),
    openResultWhenDone: section.get("openResultWhenDone", true),
    jobs: section.get("jobs", 0),
  };
}

/** What the daemon sees of this process's environment, and the settings that it reads there. */
export function daemonEnvironment(): Record<string, string | undefined> {
  const { ffmpegPath, pythonPath, device, jobs } = readSettings();
  return {
    ...process.env,
    EDIN_DEVICE: device,
    ...(jobs > 0 && { EDIN_CONCURRENCY: String(jobs) }),
    ...(ffmpegPath !== "" && { EDIN_FFMPEG: ffmpegPath }),
    ...(pythonPath !== "" && { EDIN_PYTHON: pythonPath }),
    // The editor's executable is Electron: this makes it behave as Node.
    ELECTRON_RUN_AS_NODE: "1",
  };
}

/** Calls `listener` when a setting changed that the daemon reads at its start. */
export function onDaemonSettingsChanged(listener: () => void): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration((event) => {
    const names = ["edin.dataDir", "edin.ffmpegPath", "edin.pythonPath", "edin.device", "edin.jobs"];
    if (names.some((name) => event.affectsConfiguration(name))) listener();
  });
}
