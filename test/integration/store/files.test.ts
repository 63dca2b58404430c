import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, symlink, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { resolveConfined, resolveFolder } from "../../../daemon/store/confined.ts";
import { recordingOf, writeFileAtomic } from "../../../daemon/store/files.ts";
import { lockFolder } from "../../../daemon/store/lock.ts";
import { isAppError } from "../../../shared/errors.ts";

describe("files of the store", () => {
  let dir: string;
  beforeEach(async () => {
    dir = await realpath(await mkdtemp(path.join(os.tmpdir(), "edin-files-")));
    await mkdir(path.join(dir, "granted", "inner"), { recursive: true });
    await mkdir(path.join(dir, "granted-not"));
    for (const file of ["granted/clip.mp4", "granted/inner/..odd.mp4", "secret.mp4", "granted-not/clip.mp4"])
      await writeFile(path.join(dir, file), "x");
    await symlink(path.join(dir, "secret.mp4"), path.join(dir, "granted", "link.mp4"));
    await symlink(dir, path.join(dir, "granted", "up"));
  });
  afterEach(() => rm(dir, { recursive: true }));

  it("S9 reads files below a granted folder", async () => {
    const root = path.join(dir, "granted");
    for (const file of ["clip.mp4", "inner/..odd.mp4", "./inner/./..odd.mp4"])
      assert.equal(await resolveConfined(`${root}/${file}`, [root]), path.join(root, file));
  });

  it("reads through links that stay inside of granted folders, as data sets are made of", async () => {
    const root = path.join(dir, "granted");
    await symlink("../clip.mp4", path.join(root, "inner", "linked.mp4"));
    assert.equal(await resolveConfined(`${root}/inner/linked.mp4`, [root]), path.join(root, "clip.mp4"));
    await symlink("../.git/annex/objects/x/y/MD5E-s1--0.mp4", path.join(root, "inner", "away.mp4"));
    await assert.rejects(resolveConfined(`${root}/inner/away.mp4`, [root]), {
      code: "media_not_found",
      message: /git annex get/,
    });
  });

  const attacks: [string, string][] = [
    ["a parent", "granted/../secret.mp4"],
    ["a parent, with backslashes", "granted\\..\\secret.mp4"],
    ["a neighbour with the same beginning", "granted-not/clip.mp4"],
    ["an absolute path elsewhere", "secret.mp4"],
    ["a link to a file", "granted/link.mp4"],
    ["a link to a folder", "granted/up/secret.mp4"],
    ["an encoded parent", "granted/%2e%2e/secret.mp4"],
    ["an encoded separator", "granted/..%2Fsecret.mp4"],
    ["a NUL", "granted/clip.mp4\0.txt"],
  ];
  for (const [name, asked] of attacks) {
    it(`S9 refuses ${name}`, async () => {
      await assert.rejects(resolveConfined(`${dir}/${asked}`, [path.join(dir, "granted")]), (error) =>
        isAppError(error, "invalid_path"),
      );
    });
  }
  for (const asked of ["\\\\host\\share\\a.mp4", "//host/share/a.mp4", "clip.mp4", "", "~/a.mp4"]) {
    it(`S9 refuses ${JSON.stringify(asked)} even where everything is granted`, async () => {
      await assert.rejects(resolveConfined(asked, ["/"]), (error) => isAppError(error, "invalid_path"));
      await assert.rejects(resolveFolder(asked), (error) => isAppError(error, "invalid_path"));
    });
  }
  for (const asked of [
    "http://127.0.0.1/a.mp4",
    "https://evil.example/a.mp4",
    "file:///etc/passwd",
    "data:,x",
  ]) {
    it(`S11 takes no URL for media: ${asked}`, async () => {
      await assert.rejects(resolveConfined(asked, ["/"]), (error) => isAppError(error, "invalid_path"));
    });
  }

  it("says `media_not_found` for what is missing inside, nothing about what is outside", async () => {
    const root = path.join(dir, "granted");
    await assert.rejects(resolveConfined(`${root}/no.mp4`, [root]), (e) => isAppError(e, "media_not_found"));
    await assert.rejects(resolveConfined(`${dir}/no.mp4`, [root]), (e) => isAppError(e, "invalid_path"));
  });

  const clips: [string, string | undefined][] = [
    ["recordings/r1/camera.webm", "r1"],
    ["recordings/gone/camera.webm", "gone"],
    ["linked/r1/camera.webm", "r1"],
    ["recordings/r1/deeper/camera.webm", undefined],
    ["recordings/camera.webm", undefined],
    ["recordings/../camera.webm", undefined],
    ["granted/clip.mp4", undefined],
  ];
  for (const [clip, expected] of clips) {
    it(`takes ${clip} for ${expected === undefined ? "a file of the user's own" : "a clip of a recording"}`, async () => {
      await mkdir(path.join(dir, "recordings", "r1", "deeper"), { recursive: true });
      await symlink(path.join(dir, "recordings"), path.join(dir, "linked"));
      assert.equal(await recordingOf(dir, `${dir}/${clip}`), expected);
      assert.equal(await recordingOf(dir, clip), undefined, "of a relative path only the name is known");
    });
  }

  it("writes a file whole, for its owner only, and leaves nothing else", async () => {
    const file = path.join(dir, "granted", "inner", "a.json");
    await writeFileAtomic(file, "one");
    await writeFileAtomic(file, "two");
    assert.equal(await readFile(file, "utf8"), "two");
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.deepEqual((await readdir(path.dirname(file))).toSorted(), ["..odd.mp4", "a.json"]);
  });

  it("S17 says `disk_full` and leaves no half file", async () => {
    const full = Object.assign(new Error("no space"), { code: "ENOSPC" });
    const failing = new Proxy(new Uint8Array(1), {
      get: () => {
        throw full;
      },
    });
    await assert.rejects(writeFileAtomic(path.join(dir, "a"), failing), (e) => isAppError(e, "disk_full"));
    assert.ok(!(await readdir(dir)).some((name) => name.endsWith(".tmp")));
  });

  it("takes the lock of a process over that is gone, not of one that lives", async () => {
    await writeFile(path.join(dir, "daemon.lock"), "999999999 12345");
    const unlock = await lockFolder(dir);
    await assert.rejects(lockFolder(dir), (error) => isAppError(error, "conflict"));
    await unlock();
    // The number of a living process, which started at another time than the lock says.
    await writeFile(path.join(dir, "daemon.lock"), `${process.pid} 1`);
    await (
      await lockFolder(dir)
    )();
    assert.deepEqual(
      (await readdir(dir)).filter((name) => name.includes("lock")),
      [],
    );
  });

  it("gives a stale lock to one of many", async () => {
    await writeFile(path.join(dir, "daemon.lock"), "999999999 12345");
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => lockFolder(dir)));
    assert.equal(results.filter(({ status }) => status === "fulfilled").length, 1);
  });
});
