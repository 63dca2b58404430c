import path from "node:path";
import * as vscode from "vscode";
import { AppError } from "../../shared/errors.ts";
import { nextClip, type AnnotatorProgress, type ProjectClip } from "../../shared/labels/project.ts";
import { builtInSchemes } from "../../shared/labels/schemes/builtIn.ts";
import { isPictureName, mediaEndings } from "../../shared/mediaTypes.ts";
import { annotatorSchema } from "../../shared/protocol/assignments.ts";
import { createLabels } from "../../shared/protocol/labelRoutes.ts";
import { grantRoot } from "../../shared/protocol/media.ts";
import { rootOf } from "../clips.ts";
import type { DaemonSupervisor } from "../daemon/supervisor.ts";
import type { LabelProject, LabelProjects } from "./labelProjects.ts";
import { labelsEditorType } from "./labelsEditor.ts";
import type { LabelsNode } from "./labelsTree.ts";

/** Where the annotator's name is kept, so that nobody types it twice. */
const annotatorKey = "edin.annotator";

export interface LabelsParts {
  readonly context: vscode.ExtensionContext;
  readonly daemon: DaemonSupervisor;
  readonly projects: LabelProjects;
}

/** Makes a labels file for a clip that is given or chosen, by an annotator, with a scheme that is chosen, and opens it. */
export async function labelClip(parts: LabelsParts, given?: vscode.Uri): Promise<void> {
  const clip = given ?? (await chooseClip());
  if (clip === undefined) return;
  const annotator = await askAnnotator(parts.context);
  if (annotator === undefined) return;
  const scheme = await chooseScheme();
  if (scheme !== undefined) await create(parts, clip.fsPath, annotator, scheme);
}

/** Opens a clip of the tree: its labels file, which is made where it was not begun. */
export async function openLabelsNode(parts: LabelsParts, node: LabelsNode): Promise<void> {
  if (node.kind === "clip") await openClip(parts, node.project, node.annotator, node.clip);
}

/** Opens what comes next on an annotator's list. */
export async function openNextLabels(parts: LabelsParts, node?: LabelsNode): Promise<void> {
  const chosen =
    node?.kind === "annotator"
      ? { project: node.project, progress: node.progress }
      : await chooseAnnotator(parts);
  if (chosen === undefined) return;
  const next = nextClip(chosen.progress);
  if (next === undefined)
    void vscode.window.showInformationMessage(
      vscode.l10n.t("All clips of {0} are done.", chosen.progress.annotator),
    );
  else await openClip(parts, chosen.project, chosen.progress.annotator, next);
}

async function openClip(
  parts: LabelsParts,
  project: LabelProject,
  annotator: string,
  { clip, file }: ProjectClip,
): Promise<void> {
  if (file === undefined)
    await create(
      parts,
      path.join(project.folder, clip),
      annotator,
      project.assignments?.scheme ?? "emotions",
    );
  else await open(file.file);
}

async function create(
  { daemon, projects }: LabelsParts,
  clip: string,
  annotator: string,
  scheme: string,
): Promise<void> {
  const client = await daemon.client();
  await client.call(grantRoot, { path: rootOf(vscode.Uri.file(clip)) });
  const { path: file } = await client.call(createLabels, { clip, annotator, scheme });
  await open(file);
  projects.refresh();
}

async function open(file: string): Promise<void> {
  await vscode.commands.executeCommand("vscode.openWith", vscode.Uri.file(file), labelsEditorType);
}

async function chooseClip(): Promise<vscode.Uri | undefined> {
  const found = await vscode.workspace.findFiles(
    `**/*.{${mediaEndings.join(",")}}`,
    "**/node_modules/**",
    2000,
  );
  const clips = found.filter(({ fsPath }) => !isPictureName(fsPath));
  if (clips.length === 0)
    throw new AppError(
      "not_found",
      vscode.l10n.t("There is no clip in this folder. Put videos or sounds into it."),
    );
  const picked = await vscode.window.showQuickPick(
    clips
      .map((uri) => ({ label: vscode.workspace.asRelativePath(uri), uri }))
      .sort((a, b) => (a.label < b.label ? -1 : 1)),
    { title: vscode.l10n.t("Label a Clip"), placeHolder: vscode.l10n.t("The clip") },
  );
  return picked?.uri;
}

async function askAnnotator({ globalState }: vscode.ExtensionContext): Promise<string | undefined> {
  const annotator = await vscode.window.showInputBox({
    title: vscode.l10n.t("Label a Clip"),
    prompt: vscode.l10n.t("Who labels? A pseudonym of letters, digits, - or _"),
    value: globalState.get<string>(annotatorKey, "a01"),
    validateInput: (text) =>
      annotatorSchema.safeParse(text.trim()).success
        ? undefined
        : vscode.l10n.t("Up to 40 letters, digits, - or _"),
  });
  if (annotator === undefined) return undefined;
  await globalState.update(annotatorKey, annotator.trim());
  return annotator.trim();
}

async function chooseScheme(): Promise<string | undefined> {
  const own = await vscode.workspace.findFiles("**/*.scheme.{yaml,yml,json}", "**/node_modules/**", 200);
  const picked = await vscode.window.showQuickPick(
    [
      ...[...new Set(own.map(({ fsPath }) => path.basename(fsPath)))].map((name) => ({
        ...{ label: name, scheme: name },
        description: vscode.l10n.t("of this folder"),
      })),
      ...Object.entries(builtInSchemes).map(([scheme, { title, tiers }]) => ({
        ...{ label: title, scheme },
        description:
          tiers.length > 4 ? vscode.l10n.t("{0} tiers", tiers.length) : tiers.map(({ id }) => id).join(", "),
      })),
    ],
    { title: vscode.l10n.t("Label a Clip"), placeHolder: vscode.l10n.t("The coding scheme") },
  );
  return picked?.scheme;
}

async function chooseAnnotator({
  projects,
}: LabelsParts): Promise<{ project: LabelProject; progress: AnnotatorProgress } | undefined> {
  const all = (await projects.list()).flatMap((project) =>
    project.progress.annotators.map((progress) => ({ project, progress })),
  );
  if (all.length === 0)
    throw new AppError(
      "not_found",
      vscode.l10n.t("Nobody labels anything here yet. Label a clip, or share clips with edin labels assign."),
    );
  const picked = await vscode.window.showQuickPick(
    all.map((one) => ({
      label: one.progress.annotator,
      description: vscode.l10n.t("{0} of {1} done", one.progress.done, one.progress.clips.length),
      one,
    })),
    { title: vscode.l10n.t("Open the Next Clip") },
  );
  return picked?.one;
}
