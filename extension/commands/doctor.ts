import * as vscode from "vscode";
import { getDoctor } from "../../shared/protocol/system.ts";
import type { DaemonSupervisor } from "../daemon/supervisor.ts";

const icons = { ok: "pass", warning: "warning", failed: "error" } as const;

/** Shows what the daemon needs from this machine, and whether it is there. */
export async function showDoctor(daemon: DaemonSupervisor): Promise<void> {
  const client = await daemon.client();
  const { checks } = await client.call(getDoctor, {});
  await vscode.window.showQuickPick(
    checks.map(({ name, state, detail, advice }) => ({
      label: `$(${icons[state]}) ${name}`,
      description: detail,
      ...(advice !== undefined && { detail: advice }),
    })),
    { title: vscode.l10n.t("EDIN: state of this machine"), matchOnDescription: true },
  );
}
