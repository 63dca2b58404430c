import * as vscode from "vscode";
import { createCode } from "../../shared/protocol/system.ts";
import type { DaemonSupervisor } from "../daemon/supervisor.ts";

/** Opens the daemon's page in the user's browser, with a one-time code in the address. */
export async function openInBrowser(daemon: DaemonSupervisor): Promise<void> {
  const client = await daemon.client();
  const { url } = await client.call(createCode, {});
  await vscode.env.openExternal(vscode.Uri.parse(url));
}
