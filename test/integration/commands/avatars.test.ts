import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { probeMedia } from "../../../daemon/media/probe.ts";
import { makePhotoClip } from "../../support/photoClip.ts";
import { makeHead } from "../../support/tinyHead.ts";
import { edin } from "../edin.ts";
import { temporaryFolder } from "../media/clips.ts";

describe("edin avatars and edin redact", function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  const run = (...args: string[]) =>
    edin(args, { EDIN_DATA_DIR: path.join(folder.path, "data"), EDIN_DEVICE: "cpu" });

  it("import a head, list it, put it in a face's place and say what it shows, and remove it", async () => {
    const head = path.join(folder.path, "My Head.vrm");
    await writeFile(head, await makeHead());
    const imported = await run("avatars", "import", head);
    assert.match(imported.stdout, /^Imported the head my-head\./);
    assert.match(imported.stdout, /It has 5 of ARKit's 51 shapes: it shows less of a face\. `edin evaluate/);
    const { avatars } = JSON.parse((await run("avatars", "list", "--json")).stdout) as {
      readonly avatars: readonly { readonly name: string; readonly origin: string }[];
    };
    assert.deepEqual(
      avatars.filter(({ origin }) => origin === "user").map(({ name }) => name),
      ["my-head"],
    );
    const clip = await makePhotoClip(path.join(folder.path, "clip.mp4"), 0.6);
    const out = path.join(folder.path, "copy.mp4");
    const asked = ["--face", "avatar", "--avatar", "my-head", "--voice", "remove", "--out", out];
    const redacted = await run("redact", clip, ...asked);
    assert.match(redacted.stdout, /15 of 15 frames covered/);
    assert.match(redacted.stdout, /The avatars show the emotion that .+ in \d+ % of \d+ faces of frames\./);
    assert.match(redacted.stdout, /Check: nothing in 15 frames looks like a face of the clip/);
    assert.equal((await probeMedia(out)).audio, undefined);
    assert.equal((await run("avatars", "remove", "my-head")).code, 0);
    const page = path.join(folder.path, "page.glb");
    await writeFile(page, "<!DOCTYPE html>");
    const refused = await run("avatars", "import", page);
    assert.notEqual(refused.code, 0);
    assert.match(refused.stderr, /avatar_unusable: .*Download the file itself/);
  });
});
