import { readFile } from "node:fs/promises";
import path from "node:path";
import * as vscode from "vscode";
import { assignmentsOfText } from "../../shared/labels/assignmentsFile.ts";
import { parseLabels } from "../../shared/labels/document.ts";
import { isLabelsFile } from "../../shared/labels/newFile.ts";
import { progressOf, type ProjectFile, type ProjectProgress } from "../../shared/labels/project.ts";
import type { Assignments } from "../../shared/protocol/assignments.ts";

/** A folder with its clips, labels and assignments. */
export interface LabelProject {
  readonly folder: string;
  readonly assignments: Assignments | undefined;
  readonly progress: ProjectProgress;
}

const away = "**/{node_modules,.git}/**";
const maxFiles = 5000;
const pattern = "**/{*.labels.json,assignments.yaml}";

/** Labels of the workspace: a folder with an assignments.yaml is a project, else each folder of the workspace is one. */
export class LabelProjects implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.#changed.event;
  readonly #watcher = vscode.workspace.createFileSystemWatcher(pattern);
  #timer: NodeJS.Timeout | undefined;

  constructor() {
    const soon = (): void => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#changed.fire(), 300);
    };
    this.#watcher.onDidCreate(soon);
    this.#watcher.onDidChange(soon);
    this.#watcher.onDidDelete(soon);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#watcher.dispose();
    this.#changed.dispose();
  }

  refresh(): void {
    this.#changed.fire();
  }

  async list(): Promise<LabelProject[]> {
    const found = (await vscode.workspace.findFiles(pattern, away, maxFiles))
      .map(({ fsPath }) => fsPath)
      .sort();
    const assigned = found.filter((file) => !isLabelsFile(file)).map((file) => path.dirname(file));
    const roots = (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath);
    const projects = new Map<string, string[]>(assigned.map((folder) => [folder, []]));
    for (const file of found.filter(isLabelsFile)) {
      const folder =
        assigned.findLast((one) => file.startsWith(one + path.sep)) ??
        roots.find((one) => file.startsWith(one + path.sep)) ??
        path.dirname(file);
      projects.set(folder, [...(projects.get(folder) ?? []), file]);
    }
    return Promise.all(
      [...projects].map(async ([folder, files]) => {
        const assignments = await readAssignments(folder);
        const read = await Promise.all(files.map((file) => readProjectFile(folder, file)));
        return { folder, assignments, progress: progressOf(assignments, read.flat()) };
      }),
    );
  }
}

async function readAssignments(folder: string): Promise<Assignments | undefined> {
  const text = await readFile(path.join(folder, "assignments.yaml"), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  // What is none is another program's file of that name.
  const found = assignmentsOfText(text);
  return "assignments" in found ? found.assignments : undefined;
}

async function readProjectFile(folder: string, file: string): Promise<ProjectFile[]> {
  try {
    const { head, annotations, traces } = parseLabels(await readFile(file, "utf8"));
    const clip = path.resolve(path.dirname(file), head.media.file);
    return [
      {
        file,
        clip: path.relative(folder, clip).replaceAll(path.sep, "/"),
        annotator: head.annotator,
        annotations: annotations.length,
        traces: traces.length,
        done: head.done !== undefined,
        gold: head.gold === true,
      },
    ];
  } catch {
    // A broken file is told in the Problems view when it is opened.
    return [];
  }
}
