import assert from "node:assert/strict";
import { appendFile, cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { loadConfig, type Config } from "../../../daemon/config.ts";
import { examine } from "../../../daemon/doctor/doctor.ts";
import { createLog } from "../../../daemon/log.ts";
import { Secret } from "../../../daemon/secret.ts";
import { openStore } from "../../../daemon/store/store.ts";
import type { Check } from "../../../shared/protocol/system.ts";
import { edin } from "../edin.ts";

const fixtures = path.join(import.meta.dirname, "../../fixtures/models");

describe("edin doctor", function () {
  // The first opening of a database takes seconds.
  this.timeout(180_000);
  let folder: string;
  before(async () => (folder = await mkdtemp(path.join(tmpdir(), "edin-doctor-"))));
  after(() => rm(folder, { recursive: true }));

  const look = async (given: Partial<Config>): Promise<Record<string, Check>> => {
    const config = loadConfig({ dataDir: path.join(folder, "data"), modelsDir: fixtures }, {});
    const checks = await examine({ ...config, ...given });
    return Object.fromEntries(checks.map((check) => [check.name, check]));
  };

  it("finds nothing wrong where nothing is, and names every part", async () => {
    const found = await look({});
    assert.deepEqual(Object.keys(found), [
      ...["versions", "node", "ffmpeg", "decoding", "models"],
      ...["device cuda", "device webgpu", "device cpu", "device auto"],
      ...["data folder", "database"],
    ]);
    for (const check of Object.values(found)) {
      assert.notEqual(check.state, "failed", `${check.name}: ${check.detail}`);
      assert.equal(check.advice === undefined, check.state === "ok", check.name);
    }
    assert.match(found["device cpu"]!.detail, /works/);
    assert.match(found["decoding"]!.detail, /^on the processor.*\(ffmpeg offers (no other|\w+(, \w+)*)\)$/);
    // How old the ffmpeg is that reads strangers' files.
    assert.match(found["ffmpeg"]!.detail, /^\S+ of 20\d\d /);
  });

  it("says what to do about an ffmpeg that does not start", async () => {
    const { ffmpeg } = await look({ ffmpegPath: path.join(folder, "none") });
    assert.equal(ffmpeg?.state, "failed");
    assert.equal(ffmpeg.detail, "ffmpeg_missing");
    assert.ok(ffmpeg.advice);
  });

  it("names each network that is not right, and goes on when there are none", async () => {
    const modelsDir = path.join(folder, "models");
    await cp(fixtures, modelsDir, { recursive: true });
    await appendFile(path.join(modelsDir, "tiny/model.onnx"), "x");
    assert.equal((await look({ modelsDir }))["models"]?.detail, "tiny: model_changed");
    await rm(path.join(modelsDir, "manifest.json"));
    const found = await look({ modelsDir });
    assert.equal(found["models"]?.detail, "model_missing");
    assert.equal(found["data folder"]?.state, "ok");
  });

  it("says that the data folder cannot be written", async () => {
    const file = path.join(folder, "file");
    await writeFile(file, "");
    const found = await look({ dataDir: path.join(file, "data") });
    assert.equal(found["data folder"]?.state, "failed");
    assert.match(found["data folder"].advice!, /EDIN_DATA_DIR/);
  });

  it("opens a database that is there, and leaves one alone that a daemon uses", async () => {
    const dataDir = path.join(folder, "used");
    {
      await using store = await openStore(loadConfig({ dataDir }, {}), createLog("silent"));
      assert.ok(store.embedded);
      assert.match((await look({ dataDir }))["database"]!.detail, /a daemon is using it/);
    }
    assert.match((await look({ dataDir }))["database"]!.detail, /embedded, 0 analyses/);
  });

  it("says that a PostgreSQL server does not answer", async () => {
    const { database } = await look({ databaseUrl: new Secret("postgres://nobody@127.0.0.1:1/none") });
    assert.equal(database?.state, "failed");
    assert.match(database.advice!, /EDIN_DATABASE_URL/);
  });

  it("ends with exit code 1 when a part has failed", async () => {
    const environment = { EDIN_DATA_DIR: path.join(folder, "cli"), EDIN_MODELS_DIR: folder };
    const { code, stdout } = await edin(["doctor", "--json"], environment);
    assert.equal(code, 1);
    const { checks } = JSON.parse(stdout) as { checks: Check[] };
    assert.equal(checks.find((c) => c.name === "models")?.state, "failed");
  });
});
