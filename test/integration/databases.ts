import { randomBytes } from "node:crypto";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import pg from "pg";
import { openEmbeddedPool } from "../../daemon/store/embeddedPool.ts";
import { loadConfig, type Config, type ConfigInput } from "../../daemon/config.ts";

/** A data folder of a test's own, and with a server a database of its own. */
export interface Place extends AsyncDisposable {
  readonly dataDir: string;
  readonly databaseUrl: string | undefined;
  config(more?: Partial<ConfigInput>): Config;
}

const server = process.env["EDIN_TEST_DATABASE_URL"];

/**
 * The databases that a suite runs on: PGlite always, PostgreSQL where EDIN_TEST_DATABASE_URL names a server
 * (`test/integration/postgres.sh` starts one).
 */
export const databases: readonly { name: string; make: () => Promise<Place> }[] =
  server === undefined
    ? [{ name: "PGlite, no PostgreSQL given", make: () => makePlace(undefined) }]
    : [
        { name: "PGlite", make: () => makePlace(undefined) },
        { name: "PostgreSQL", make: () => makePlace(server) },
      ];

export async function makePlace(serverUrl?: string, under = os.tmpdir()): Promise<Place> {
  const dataDir = await mkdtemp(path.join(under, "edin-test-"));
  // Making an empty database takes seconds, copying one does not.
  if (serverUrl === undefined) await cp(await emptyDatabase(), path.join(dataDir, "db"), { recursive: true });
  const name = `edin_${randomBytes(6).toString("hex")}`;
  const databaseUrl = serverUrl?.replace(/\/[^/]*$/, `/${name}`);
  if (serverUrl !== undefined) await onServer(serverUrl, `create database ${name}`);
  return {
    dataDir,
    databaseUrl,
    config: (more = {}) =>
      loadConfig({ dataDir, databaseUrl, logLevel: "warn", concurrency: 1, ...more }, {}),
    async [Symbol.asyncDispose]() {
      if (serverUrl !== undefined) await onServer(serverUrl, `drop database ${name} with (force)`);
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

let template: Promise<string> | undefined;

function emptyDatabase(): Promise<string> {
  template ??= (async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), "edin-empty-"));
    process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
    await (await openEmbeddedPool(folder)).end();
    return path.join(folder, "db");
  })();
  return template;
}

async function onServer(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(sql);
  await client.end();
}
