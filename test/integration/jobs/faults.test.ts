import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { makePhotoClip } from "../../support/photoClip.ts";
import type { Faults, FaultsReport } from "./faults/faultsRun.ts";

const run = promisify(execFile);
const program = path.join(import.meta.dirname, "faults/faultsRun.ts");

/**
 * A tenth of the product's times and ten clips. With EDIN_REAL_OUTAGES=1 the product's own times, a cut of 90 s and 300 clips,
 * and figures are printed: `EDIN_REAL_OUTAGES=1 npx mocha test/integration/jobs/faults.test.ts` (half an hour on two cores).
 */
const real = process.env["EDIN_REAL_OUTAGES"] === "1";
const times: Pick<Faults, "clips" | "cutMs" | "jobs" | "patienceMs"> = real
  ? { clips: 300, cutMs: 90_000, jobs: { pollMs: 2000 }, patienceMs: 3_600_000 }
  : {
      ...{ clips: 10, cutMs: 6000, patienceMs: 240_000 },
      jobs: {
        beatMs: 200,
        silentMs: 4000,
        pollMs: 300,
        answerMs: 3000,
        retryMs: 1000,
        fullMs: 1500,
        maxTries: 5,
      },
    };

describe("three workers, two daemons and one PostgreSQL, each with an address of its own", function () {
  this.timeout(2 * times.patienceMs);
  let folder: string;
  let report: FaultsReport;

  before(async () => {
    await run("unshare", ["--net", "--mount", "true"]).catch((cause: unknown) => {
      throw new Error(
        "These tests make network namespaces, which needs root, iproute2 and util-linux: run them as root.",
        {
          cause,
        },
      );
    });
    folder = await mkdtemp(path.join(os.tmpdir(), "edin-faults-"));
    // PostgreSQL is another user.
    await chmod(folder, 0o755);
    const clip = await makePhotoClip(path.join(folder, "clip.mp4"), 1);
    const asked: Faults = { folder, clip, faketime: faketime(), ...times };
    const child = spawn("unshare", ["--net", "--mount", process.execPath, "--import=tsx", program], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    child.stdin.end(JSON.stringify(asked));
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
    const [code] = (await once(child, "close")) as [number | null];
    assert.equal(code, 0, said);
    report = JSON.parse(said.trim().split("\n").at(-1)!) as FaultsReport;
    if (real) process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it("start at once on an empty database", () => assert.equal(report.daemonsStarted, 2));

  it("do every clip, though a worker was killed, one cut off and PostgreSQL started anew", () =>
    assert.deepEqual(report.states, { done: times.clips }));

  it("do every clip once: one result each, ended by one run", () => {
    assert.deepEqual(report.strays, []);
    assert.deepEqual(report.endedTwice, []);
  });

  it("tell of each run that was lost once", () =>
    assert.equal(new Set(report.lost).size, report.lost.length));

  it("give the bytes that one machine alone gives", () =>
    assert.deepEqual(report.hashes, { [report.alone]: times.clips }));

  it("do the job of a killed worker and those of one whose disk was full elsewhere", () => {
    assert.ok(report.givenBack > 0);
    const again = Object.entries(report.runs).reduce(
      (sum, [runs, jobs]) => sum + (runs === "1" ? 0 : jobs),
      0,
    );
    assert.ok(again > 0);
  });
});

/** Debian's libfaketime, which puts the clock of one worker five minutes ahead. */
function faketime(): string {
  const found = readdirSync("/usr/lib")
    .map((name) => `/usr/lib/${name}/faketime/libfaketime.so.1`)
    .find((file) => existsSync(file));
  return found ?? assert.fail("libfaketime is not there: apt-get install faketime");
}
