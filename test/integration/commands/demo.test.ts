import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createSession } from "../../../shared/protocol/system.ts";
import { edin } from "../edin.ts";
import { makeClip, temporaryFolder } from "../media/clips.ts";

const main = path.join(import.meta.dirname, "../../../daemon/main.ts");
/** A clip without faces. */
const source = ["-f", "lavfi", "-i", "testsrc=size=320x240:rate=25:duration=0.4"];
const options = ["--device", "cpu", "--data-dir"];

describe("edin demo", function () {
  this.timeout(180_000);
  const folder = temporaryFolder();

  it("prints the summary and ends, with --no-serve", async () => {
    const clip = await makeClip(path.join(folder.path, "clip.mp4"), ...source);
    const { code, stdout, stderr } = await edin(["demo", clip, ...options, folder.path, "--no-serve"]);
    assert.equal(code, 0, stderr);
    for (const part of ["clip.mp4: 320x240", "10 frames, 0 with a face", "Speed:", "decode"]) {
      assert.ok(stdout.includes(part), `no "${part}" in ${stdout}`);
    }
    assert.ok(!stdout.includes("http://"));
  });

  it("prints the address of the results page, which lets one browser in, and stays until Ctrl-C", async () => {
    const clip = await makeClip(path.join(folder.path, "clip.mp4"), ...source);
    const args = ["--import", "tsx", main, "demo", clip, ...options, folder.path];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    const ended = once(child, "close");
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    let address: URL | undefined;
    while (!address && child.exitCode === null) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      const text = /http:\/\/127\.0\.0\.1:\d+\/#\S+/.exec(output)?.[0];
      if (text) address = new URL(text);
    }
    assert.ok(address, output);
    const fragment = new URLSearchParams(address.hash.slice(1));
    assert.match(fragment.get("view") ?? "", /^analysis\/[0-9a-f-]{36}$/);
    const enter = () =>
      fetch(`${address.origin}${createSession.path}`, {
        method: "POST",
        headers: { "content-type": "application/json", origin: address.origin },
        body: JSON.stringify({ code: fragment.get("code") }),
      });
    const first = await enter();
    assert.equal(first.status, 200);
    const cookie = first.headers.get("set-cookie")?.split(";")[0] ?? "";
    const page = await fetch(address.origin, { headers: { cookie, "sec-fetch-site": "none" } });
    assert.equal(page.status, 200);
    assert.equal((await enter()).status, 401);
    child.kill("SIGINT");
    assert.deepEqual(await ended, [0, null]);
  });
});
