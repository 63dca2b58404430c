import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { inspect } from "node:util";
import { childEnvironment, loadConfig } from "../../../daemon/config.ts";
import { isAppError } from "../../../shared/errors.ts";

describe("config", () => {
  let dataDir: string;
  beforeEach(() => (dataDir = mkdtempSync(path.join(os.tmpdir(), "edin-config-"))));
  afterEach(() => rmSync(dataDir, { recursive: true }));
  const withFile = (content: unknown) =>
    writeFileSync(path.join(dataDir, "config.json"), JSON.stringify(content));

  it("lets arguments win over the environment, that over the file, that over the defaults", () => {
    assert.equal(loadConfig({ dataDir }, {}).concurrency, undefined);
    withFile({ concurrency: 2, device: "webgpu", logLevel: "warn" });
    const config = loadConfig({ dataDir, port: 4001 }, { EDIN_DEVICE: "cpu", EDIN_PORT: "4000" });
    assert.deepEqual(
      [config.concurrency, config.device, config.port, config.logLevel],
      [2, "cpu", 4001, "warn"],
    );
  });

  it("is frozen", () => {
    const config = loadConfig({ dataDir }, {});
    assert.ok(Object.isFrozen(config) && Object.isFrozen(config.limits));
  });

  const wrong: [string, Record<string, string>, unknown][] = [
    ["an unknown setting", {}, { colour: "red" }],
    ["a port out of range", { EDIN_PORT: "65536" }, {}],
    ["an unknown device", { EDIN_DEVICE: "tpu" }, {}],
    ["a relative folder", { EDIN_MODELS_DIR: "models" }, {}],
    ["a database that is not PostgreSQL", { EDIN_DATABASE_URL: "http://example.org/" }, {}],
    ["a file that is not an object", {}, [1, 2]],
  ];
  for (const [name, environment, file] of wrong) {
    it(`refuses ${name}`, () => {
      withFile(file);
      assert.throws(
        () => loadConfig({ dataDir }, environment),
        (error) => isAppError(error, "invalid_config"),
      );
    });
  }

  it("never shows the database's password", () => {
    const url = "postgres://someone:hunter2@db.example/edin";
    const config = loadConfig({ dataDir }, { EDIN_DATABASE_URL: url });
    assert.equal(config.databaseUrl?.reveal(), url);
    assert.ok(!inspect(config).includes("hunter2"));
    assert.ok(!JSON.stringify(config).includes("hunter2"));
  });

  it("gives child processes nothing of its own", () => {
    assert.ok(Object.keys(childEnvironment()).every((name) => !name.startsWith("EDIN_")));
  });
});
