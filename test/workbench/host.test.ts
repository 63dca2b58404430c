import assert from "node:assert/strict";
import path from "node:path";
import { format } from "node:util";
import { makePhotoClip } from "../support/photoClip.ts";
import { buildHostSuite } from "./buildHost.ts";
import { createProfile, removeProfile, root, startServer, type Profile, type Server } from "./codeServer.ts";
import { remoteUri, WorkbenchWindow } from "./window.ts";

describe("VS Code with the extension from this folder", function () {
  this.timeout(900_000);
  let profile: Profile;
  let server: Server;
  let window: WorkbenchWindow | undefined;
  const log: string[] = [];

  before(async () => {
    profile = await createProfile();
    await makePhotoClip(path.join(profile.workspace, "clip.mp4"), 2);
    server = await startServer(profile);
  });
  afterEach(function () {
    if (this.currentTest?.state === "failed") console.log(log.join("\n"));
  });
  after(async () => {
    await window?.close();
    await server.stop();
    await removeProfile(profile);
  });

  it("passes the suite in its extension host", async () => {
    const suite = await buildHostSuite();
    const code = await new Promise<number>((resolve, reject) => {
      const payload = [
        ["extensionDevelopmentPath", remoteUri(server.port, root)],
        ["extensionTestsPath", remoteUri(server.port, suite)],
        ["skipWelcome", "true"],
      ] as const;
      WorkbenchWindow.open(server, profile.workspace, payload, resolve, (...args) =>
        log.push(format(...args)),
      ).then((opened) => (window = opened), reject);
    });
    assert.equal(code, 0);
  });
});
