import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Runner } from "../../../daemon/analysis/kind.ts";
import { createLog } from "../../../daemon/log.ts";
import { openJobs } from "../../../daemon/openJobs.ts";
import { openStore } from "../../../daemon/store/store.ts";
import { TestDaemon } from "../../browser/daemon.ts";
import { makePlace, type Place } from "../databases.ts";
import { until } from "../../support/until.ts";

/** Opens a queue with three places, whose runs go on until `go` says so. */
async function openQueue(place: Place) {
  const store = await openStore(place.config(), createLog("error"));
  const going = new Set<() => void>();
  const run: Runner = (_request, { signal }) =>
    new Promise<void>((resolve, reject) => {
      going.add(resolve);
      signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    });
  const config = place.config({ roots: [place.dataDir], concurrency: 3 });
  const { jobs } = await openJobs(store, config, run, createLog("silent"));
  jobs.start();
  return {
    jobs,
    add: (owner = "a") => jobs.add({ kind: "analysis", request: { mediaPath: place.dataDir }, owner }),
    go() {
      for (const end of going) end();
      going.clear();
    },
    running: async (wanted: number) => {
      await until(async () => (await jobs.count()).running === wanted);
      // One too many would have begun by then.
      await sleep(300);
      assert.equal((await jobs.count()).running, wanted);
    },
    async [Symbol.asyncDispose]() {
      await jobs[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}

describe("places of a worker", function () {
  this.timeout(120_000);
  let place: Place;
  beforeEach(async () => {
    place = await makePlace();
  });
  afterEach(() => place[Symbol.asyncDispose]());

  it("are left to live sessions, but for one, and taken again afterwards", async () => {
    await using queue = await openQueue(place);
    queue.jobs.holdBack(2);
    for (let n = 0; n < 4; n += 1) await queue.add();
    await queue.running(1);
    queue.jobs.holdBack(0);
    await queue.running(3);
    // What runs is not stopped for a live session.
    queue.jobs.holdBack(5);
    await queue.running(3);
    queue.go();
    await queue.running(1);
  });

  it("are not taken any more while it drains, which ends with what runs", async () => {
    await using queue = await openQueue(place);
    for (let n = 0; n < 5; n += 1) await queue.add();
    await queue.running(3);
    let drained = false;
    const draining = queue.jobs.drain().then(() => (drained = true));
    await sleep(200);
    assert.equal(drained, false);
    queue.go();
    await draining;
    assert.deepEqual(await queue.jobs.count(), { queued: 2, running: 0 });
    await queue.add();
    await queue.running(0);
  });
});

describe("an idle daemon", function () {
  this.timeout(180_000);

  it("takes less than half a per cent of a core", async function () {
    if (process.platform !== "linux") assert.fail("This reads /proc, which only Linux has.");
    await using daemon = await TestDaemon.start();
    const { pid } = JSON.parse(await readFile(path.join(daemon.folder, "data", "daemon.json"), "utf8")) as {
      pid: number;
    };
    const windows: number[] = [];
    // Of the time that it has, however busy the machine is. What a start leaves to be tidied may take a while.
    const idle = async () => {
      const before = await processorSeconds(pid);
      await sleep(5000);
      windows.push((await processorSeconds(pid)) - before);
      return windows.at(-1)! < 0.005 * 5;
    };
    await until(idle, 120_000, "an idle daemon").catch(() =>
      assert.fail(`seconds in 5 s: ${windows.join()}`),
    );
  });
});

/** What a process used so far, of all cores. A tick is 10 ms on Linux. */
async function processorSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
