import path from "node:path";
import { runTests } from "@vscode/test-electron";
import { makePhotoClip } from "../support/photoClip.ts";
import { buildHostSuite } from "./buildHost.ts";
import { createProfile, removeProfile, root } from "./codeServer.ts";

// The suite of host/ in a desktop VS Code, on machines that can download one.
const profile = await createProfile();
try {
  await makePhotoClip(path.join(profile.workspace, "clip.mp4"), 2);
  const at = (flag: string): string => profile.args[profile.args.indexOf(flag) + 1]!;
  await runTests({
    extensionDevelopmentPath: root,
    extensionTestsPath: await buildHostSuite(),
    launchArgs: [
      profile.workspace,
      "--user-data-dir",
      at("--user-data-dir"),
      "--extensions-dir",
      at("--extensions-dir"),
      "--disable-workspace-trust",
    ],
  });
} finally {
  await removeProfile(profile);
}
