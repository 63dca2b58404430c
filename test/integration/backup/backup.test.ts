import assert from "node:assert/strict";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { restoreBackup } from "../../../daemon/backup/restoreBackup.ts";
import { rowsOf, tablesInOrder } from "../../../daemon/backup/tables.ts";
import { writeBackup } from "../../../daemon/backup/writeBackup.ts";
import { createLog } from "../../../daemon/log.ts";
import { Jobs } from "../../../daemon/store/jobs.ts";
import { Roots } from "../../../daemon/store/roots.ts";
import { openStore, type Store } from "../../../daemon/store/store.ts";
import { databases, makePlace, type Place } from "../databases.ts";

const log = createLog("error");

/** Every row of every table, and every file of the folders that are kept. */
async function contents({ db }: Store, { dataDir }: Place): Promise<Record<string, unknown>> {
  const tables: Record<string, string[]> = {};
  for (const table of await tablesInOrder(db)) tables[table] = (await rowsOf(db, table)).toSorted();
  const files: Record<string, string> = {};
  for (const entry of await readdir(path.join(dataDir, "analyses"), { recursive: true, withFileTypes: true }))
    if (entry.isFile()) files[entry.name] = await readFile(path.join(entry.parentPath, entry.name), "utf8");
  return { tables, files };
}

for (const { name, make } of databases)
  describe(`backup and restore, ${name}`, function () {
    this.timeout(300_000);
    let place: Place;
    let store: Store;
    let file: string;
    before(async () => {
      place = await make();
      store = await openStore(place.config(), log);
      const jobs = new Jobs(store.db);
      const text = `quotes " ' \\ line\nend, 😀 and ${"é".repeat(300)}`;
      for (let i = 0; i < 1200; i++)
        await jobs.add({ kind: "analysis", request: { i, text }, owner: `o${i % 3}` });
      const run = (await jobs.claim("worker", "analysis"))!;
      const folder = path.join(place.dataDir, "analyses", run.id);
      await mkdir(folder, { recursive: true });
      await writeFile(path.join(folder, "analysis.json"), JSON.stringify({ text }));
      await mkdir(path.join(place.dataDir, "analyses", `.run-${run.id}-1`));
      await writeFile(path.join(place.dataDir, "analyses", `.run-${run.id}-1`, "half.jsonl"), "half");
      await new Roots(store.db).grant(place.dataDir);
      file = path.join(place.dataDir, "backup.zip");
      await writeBackup(store.db, place.dataDir, file);
    });
    after(async () => {
      await store[Symbol.asyncDispose]();
      await place[Symbol.asyncDispose]();
    });

    it("give the same rows and files again, in either database", async () => {
      const expected = await contents(store, place);
      const files = expected["files"] as Record<string, string>;
      delete files["half.jsonl"];
      assert.deepEqual(Object.keys(files), ["analysis.json"]);
      await using other = await makePlace();
      await using restored = await openStore(other.config(), log);
      await restoreBackup(restored.db, other.dataDir, file);
      assert.deepEqual(await contents(restored, other), expected);
      // What is there is not touched.
      await assert.rejects(restoreBackup(restored.db, other.dataDir, file), { code: "conflict" });
      assert.deepEqual(await contents(restored, other), expected);
    });

    it("refuse a damaged file, and leave nothing of it", async () => {
      const bytes = await readFile(file);
      await using other = await makePlace();
      await using empty = await openStore(other.config(), log);
      const before = await readdir(other.dataDir);
      // Unzipping finds some of these at once and some at the end.
      const flips = [100, 150, 200, 400, 800, 1600, 3200].map((at) => flipped(bytes, at));
      for (const damaged of [bytes.subarray(0, bytes.length / 2), ...flips, Buffer.from("no zip")]) {
        const wrong = path.join(place.dataDir, "wrong.zip");
        await writeFile(wrong, damaged);
        await assert.rejects(restoreBackup(empty.db, other.dataDir, wrong), { code: "invalid_request" });
      }
      assert.deepEqual(await readdir(other.dataDir), before);
      assert.equal((await new Jobs(empty.db).count()).queued, 0);
    });
  });

/** One bit of the first entry's data is another. */
function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at]! ^= 1;
  return copy;
}
