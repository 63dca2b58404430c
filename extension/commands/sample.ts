import { copyFile, mkdir } from "node:fs/promises";
import path from "node:path";
import * as vscode from "vscode";
import { AppError } from "../../shared/errors.ts";
import type { Analyses } from "../analyses.ts";
import type { DaemonSupervisor } from "../daemon/supervisor.ts";
import { analyse } from "./analyse.ts";

/** Analyses the clip that comes with the extension, from a folder of the user's data that outlives an update. */
export async function analyseSample(
  context: vscode.ExtensionContext,
  daemon: DaemonSupervisor,
  analyses: Analyses,
): Promise<void> {
  const clip = path.join(daemon.dataDir, "sample", "sample.mp4");
  await mkdir(path.dirname(clip), { recursive: true, mode: 0o700 });
  try {
    await copyFile(context.asAbsolutePath("dist/sample.mp4"), clip);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ENOENT") throw cause;
    throw new AppError(
      "not_found",
      vscode.l10n.t("This build has no sample clip. Create it with: npm run package"),
      {
        cause,
      },
    );
  }
  await analyse(daemon, analyses, vscode.Uri.file(clip));
}
