import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chown, copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { parse } from "yaml";
import * as z from "zod";
import { loadConfig } from "../../../daemon/config.ts";
import { createLog } from "../../../daemon/log.ts";
import { Jobs } from "../../../daemon/store/jobs.ts";
import { openStore } from "../../../daemon/store/store.ts";

const run = promisify(execFile);
const deploy = path.join(import.meta.dirname, "../../../deploy");
const password = "correct horse's battery";

/** The files of deploy/ put together as a lab would: certificates, rules of access and role, on a real PostgreSQL. */
describe("PostgreSQL as deploy/ sets it up", function () {
  this.timeout(120_000);
  let folder: string;
  let end: () => Promise<void>;
  let port: number;
  const url = (query: string, user = "edin") =>
    `postgres://${user}:${encodeURIComponent(password)}@localhost:${port}/edin?${query}`;
  const verified = () => `sslmode=verify-full&sslrootcert=${path.join(folder, "tls", "ca.crt")}`;

  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "edin-deploy-"));
    const tls = path.join(folder, "tls");
    await run(path.join(deploy, "certificates.sh"), [tls, "localhost", "127.0.0.1"]);
    await run(path.join(deploy, "certificates.sh"), [path.join(folder, "strangers"), "localhost"]);
    const versions = await readdir("/usr/lib/postgresql");
    const bin = `/usr/lib/postgresql/${versions.sort().at(-1)!}/bin`;
    const [uid, gid] = (await run("sh", ["-c", "id -u postgres; id -g postgres"])).stdout
      .split("\n")
      .map(Number);
    const as = {
      uid: process.getuid!() === 0 ? uid : undefined,
      gid: process.getuid!() === 0 ? gid : undefined,
    };
    const place = path.join(folder, "server");
    await mkdir(place);
    await copyFile(path.join(tls, "server.crt"), path.join(place, "server.crt"));
    await copyFile(path.join(tls, "server.key"), path.join(place, "server.key"));
    // Whoever runs the server owns its socket; in the container that is postgres.
    const rules = await readFile(path.join(deploy, "pg_hba.conf"), "utf8");
    await writeFile(path.join(place, "pg_hba.conf"), rules);
    await run("chmod", ["711", folder]);
    if (as.uid !== undefined)
      for (const name of ["", "server.crt", "server.key", "pg_hba.conf"])
        await chown(path.join(place, name), as.uid, as.gid!);
    const data = path.join(place, "data");
    const plain = { ...as, cwd: "/" };
    await run(`${bin}/initdb`, ["-D", data, "-U", "postgres", "--auth=reject"], plain);
    port = await freePort();
    const settings = {
      ...{
        port: String(port),
        listen_addresses: "localhost",
        unix_socket_directories: place,
        fsync: "off",
        ssl: "on",
      },
      ...{ ssl_cert_file: path.join(place, "server.crt"), ssl_key_file: path.join(place, "server.key") },
      ...{ ssl_min_protocol_version: "TLSv1.3", hba_file: path.join(place, "pg_hba.conf") },
    };
    const options = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    const server = spawn(`${bin}/postgres`, ["-D", data, ...options], {
      ...plain,
      stdio: ["ignore", "ignore", "pipe"],
    });
    const ready = new Promise<void>((resolve, reject) => {
      let said = "";
      server.stderr.setEncoding("utf8").on("data", (text: string) => {
        said += text;
        if (said.includes("ready to accept connections")) resolve();
      });
      server.once("exit", () => reject(new Error(said)));
    });
    end = async () => {
      const ended = once(server, "exit");
      server.kill("SIGINT");
      await ended;
    };
    await ready;
    const role = path.join(place, "role.sql");
    await copyFile(path.join(deploy, "role.sql"), role);
    if (as.uid !== undefined) await chown(role, as.uid, as.gid!);
    const psql = [
      "-h",
      place,
      "-p",
      String(port),
      "-U",
      "postgres",
      "-v",
      `password=${password}`,
      "-f",
      role,
    ];
    await run(`${bin}/psql`, psql, plain);
  });
  after(async () => {
    await end();
    await rm(folder, { recursive: true });
  });
  const ask = async (address: string, sql: string): Promise<unknown[]> => {
    const client = new pg.Client({ connectionString: address });
    try {
      await client.connect();
      return (await client.query<Record<string, unknown>>(sql)).rows;
    } finally {
      await client.end().catch(() => undefined);
    }
  };

  it("takes EDIN's role over TLS with the right certificate, from a file that holds the address", async () => {
    const file = path.join(folder, "database-url");
    await writeFile(file, `${url(verified())}\n`);
    const dataDir = path.join(folder, "data");
    const config = loadConfig({ dataDir }, { EDIN_DATABASE_URL_FILE: file });
    await using store = await openStore(config, createLog("error"));
    const jobs = new Jobs(store.db);
    await jobs.add({ kind: "analysis", request: {} });
    assert.equal((await jobs.claim("worker", "analysis"))?.state, "running");
    const [row] = await ask(
      url(verified()),
      "select ssl, version from pg_stat_ssl where pid = pg_backend_pid()",
    );
    assert.deepEqual(row, { ssl: true, version: "TLSv1.3" });
  });

  it("refuses what is not encrypted, another certificate, another password and other roles", async () => {
    await assert.rejects(ask(url("sslmode=disable"), "select 1"), /no pg_hba.conf entry/);
    const strangers = `sslmode=verify-full&sslrootcert=${path.join(folder, "strangers", "ca.crt")}`;
    await assert.rejects(ask(url(strangers), "select 1"), /self-signed|unable to verify|certificate/);
    await assert.rejects(
      ask(url(verified()).replace(encodeURIComponent(password), "x"), "select 1"),
      /password/,
    );
    await assert.rejects(ask(url(verified(), "postgres"), "select 1"), /no pg_hba.conf entry/);
    await assert.rejects(
      ask(url(verified()).replace("/edin?", "/postgres?"), "select 1"),
      /no pg_hba.conf entry/,
    );
  });

  for (const [what, sql] of [
    ["makes no roles", "create role other"],
    ["makes no databases", "create database other"],
    ["reads no files of the server", "select pg_read_file('/etc/passwd')"],
    ["starts no programs", "copy (select 1) to program 'true'"],
    ["sees no passwords", "select * from pg_authid"],
    ["becomes nobody else", "set role postgres"],
  ] as const)
    it(`has a role that ${what}`, async () => {
      await assert.rejects(ask(url(verified()), sql), /permission denied|must be superuser|must have/);
    });
});

describe("the compose file", () => {
  const service = z.object({
    image: z.string(),
    network_mode: z.literal("host"),
    volumes: z.array(z.string()),
    secrets: z.array(z.union([z.string(), z.object({ source: z.string() })])),
  });
  const schema = z.object({
    services: z.object({ database: service, daemon: service, worker: service }),
    volumes: z.record(z.string(), z.null()),
    secrets: z.record(z.string(), z.object({ file: z.string() })),
  });

  it("names files that are there, and volumes and secrets that it declares", async () => {
    const text = await readFile(path.join(deploy, "compose.yaml"), "utf8");
    const compose = schema.parse(parse(text, { merge: true }));
    const there = await readdir(deploy);
    for (const { volumes, secrets } of Object.values(compose.services)) {
      for (const volume of volumes) {
        const from = volume.replace(/\$\{[^}]*\}/, "/").split(":")[0]!;
        if (from.startsWith("./certificates/")) continue;
        if (from.startsWith("./")) assert.ok(there.includes(from.slice(2)), from);
        else if (!from.startsWith("/")) assert.ok(from in compose.volumes, from);
      }
      for (const secret of secrets)
        assert.ok((typeof secret === "string" ? secret : secret.source) in compose.secrets);
    }
    // What is read from files that are made on the spot is made by the steps in its head.
    for (const { file } of Object.values(compose.secrets)) {
      const name = path.basename(file);
      assert.ok(/^server\.(crt|key)$/.test(name) || text.includes(`> deploy/${name}`), file);
    }
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
