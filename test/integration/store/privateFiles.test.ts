import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { makePrivateFolder } from "../../../daemon/store/privateFolder.ts";
import { isAppError } from "../../../shared/errors.ts";
import { itemColumns } from "../../../shared/beq/responseTable.ts";
import { makePhotoClip } from "../../support/photoClip.ts";
import { makePlace } from "../databases.ts";
import { edin } from "../edin.ts";
import { startTestDaemon } from "../testDaemon.ts";

const run = promisify(execFile);

describe("what other users of the machine see", function () {
  this.timeout(180_000);
  let folder: string;
  const at = (name: string) => path.join(folder, name);
  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "edin-others-"));
    // Where it lies is open to all; nothing else keeps them out.
    await chmod(folder, 0o755);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const right = async (...args: string[]) => {
    const { code, stdout, stderr } = await edin(args, { EDIN_DATA_DIR: at("data") });
    assert.equal(code, 0, stderr);
    return stdout.trim();
  };
  /** Names of what group or others have any right on. */
  async function open(...places: string[]): Promise<string[]> {
    const { stdout } = await run("find", [...places.map(at), "-not", "-type", "l", "-perm", "/077"]);
    return stdout.split("\n").filter(Boolean);
  }

  it("nothing of a data folder that was open to all, as older versions left it", async () => {
    await using place = await makePlace();
    await cp(path.join(place.dataDir, "db"), at("data/db"), { recursive: true });
    await mkdir(at("data/recordings/one"), { recursive: true });
    await writeFile(at("data/recordings/one/camera.webm"), "a face");
    await writeFile(at("mine.txt"), "linked, not EDIN's");
    await symlink(at("mine.txt"), at("data/recordings/link"));
    await run("chmod", ["-R", "a+rwX", at("data")]);
    await chmod(at("mine.txt"), 0o644);
    assert.ok((await open("data")).length > 900);

    await writeFile(at("consent.txt"), "I agree.");
    const study = await right("study", "create", "Pilot", "--consent", at("consent.txt"));
    await right("study", "participant", "add", study, "pseudonym-1");
    assert.deepEqual(await open("data"), []);
    assert.equal((await stat(at("mine.txt"))).mode & 0o777, 0o644);
    // As somebody else, for real.
    const nobody = ["--reuid", "nobody", "--regid", "nogroup", "--clear-groups"];
    const asNobody = (...command: string[]) => run("setpriv", [...nobody, ...command]);
    for (const name of ["data/db/postgresql.conf", "data/recordings/one/camera.webm"])
      await assert.rejects(asNobody("cat", at(name)), /Permission denied/);
    await assert.rejects(asNobody("ls", at("data")), /Permission denied/);
    assert.equal((await asNobody("cat", at("mine.txt"))).stdout, "linked, not EDIN's");
  });

  it("nothing while the daemon runs, and nothing that it wrote", async () => {
    await using test = await startTestDaemon();
    const names = await readdir(test.place.dataDir);
    assert.ok(names.includes("daemon.json") && names.includes("db"));
    const { stdout } = await run("find", [test.place.dataDir, "-perm", "/077"]);
    // Clips of the user's own keep their rights; the way to them is closed.
    assert.deepEqual(
      stdout.split("\n").filter((name) => name !== "" && !name.includes("/clips")),
      [],
    );
  });

  it("no results, recordings, tables and exports that commands write", async () => {
    await makePhotoClip(at("clip.mp4"), 0.4);
    await right("analyze", at("clip.mp4"), "--device", "cpu", "--out", at("out/clip.edin"));
    await right("live", "--source", `file:${at("clip.mp4")}`, "--record", "--out", at("live.edin"));
    await writeFile(at("answers.csv"), `participant,${itemColumns.join(",")}\np1${",4".repeat(16)}\n`);
    await right("beq", "score", at("answers.csv"), "--out", at("scores.csv"), "--plots", at("plots"));
    await right("study", "export", "Pilot", "--out", at("pilot.zip"));
    await right("demo", at("clip.mp4"), "--no-serve", "--device", "cpu", "--data-dir", at("demo"));
    assert.ok((await readFile(at("live.edin/analysis.json"), "utf8")).length > 0);
    assert.deepEqual(await open("out", "live.edin", "scores.csv", "plots", "pilot.zip", "demo"), []);
  });

  it("a folder that cannot be made private is refused, with what to do", async () => {
    const refused = (where: string) =>
      assert.rejects(makePrivateFolder(where), (error) => {
        assert.ok(isAppError(error, "invalid_config"));
        assert.match(error.message, /^\/.* (users write|cannot be).*--data-dir/);
        return true;
      });
    await mkdir(at("shared"));
    await chmod(at("shared"), 0o1777);
    await refused(at("shared"));
    assert.equal((await stat(at("shared"))).mode & 0o7777, 0o1777);
    await writeFile(at("file.txt"), "");
    await refused(path.join(at("file.txt"), "data"));
  });
});
