import assert from "node:assert/strict";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { say } from "../../../daemon/playback/say.ts";

/** A stand-in for espeak-ng that writes down how it was called: a machine that runs tests has no loudspeaker. */
const recorder = (file: string, ending: string): string =>
  `#!/bin/sh\n{ printf '%s\\n' "$*"; cat; } > '${file}'\n${ending}\n`;

describe("speaking on the daemon's machine", () => {
  const pathOfTests = process.env["PATH"];
  let folder: string;
  before(async () => (folder = await mkdtemp(path.join(os.tmpdir(), "edin-say-"))));
  afterEach(() => (process.env["PATH"] = pathOfTests));
  after(() => rm(folder, { recursive: true }));

  /** Puts a program in the place of espeak-ng; resolves to the file that it writes. */
  async function speaker(ending: string): Promise<string> {
    const heard = path.join(folder, "heard");
    const program = path.join(folder, "espeak-ng");
    await writeFile(program, recorder(heard, ending));
    await chmod(program, 0o755);
    process.env["PATH"] = `${folder}${path.delimiter}${pathOfTests ?? ""}`;
    return heard;
  }

  it("says a text in its language, and the text is never taken for an option", async () => {
    const heard = await speaker("exit 0");
    assert.equal(await say("--version", "fr-CA"), true);
    assert.equal(await readFile(heard, "utf8"), "-v fr-ca --stdin\n--version");
  });

  it("tells that there was no voice or no loudspeaker", async () => {
    await speaker("echo 'Error: The specified espeak-ng voice does not exist.' >&2; exit 1");
    assert.equal(await say("Hello", "zz"), false);
    // Without a loudspeaker it ends with 0 all the same.
    await speaker("echo 'error: Connection refused' >&2; exit 0");
    assert.equal(await say("Hello", "en"), false);
  });

  it("has nothing to say with an empty text", async () => {
    await speaker("exit 0");
    await rm(path.join(folder, "heard"), { force: true });
    assert.equal(await say("", "en"), false);
    await assert.rejects(readFile(path.join(folder, "heard")), { code: "ENOENT" });
  });
});
