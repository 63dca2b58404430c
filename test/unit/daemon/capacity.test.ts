import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { measureJobs, readMachine } from "../../../daemon/jobs/capacity.ts";

describe("how many analyses a machine carries", () => {
  const gb = 2 ** 30;
  const cases: [cores: number, memory: number, jobs: number][] = [
    [1, 2, 1],
    [2, 4, 1],
    [4, 8, 2],
    [16, 64, 8],
    [16, 4, 4],
    [8, 1, 1],
    [256, 1024, 64],
  ];
  for (const [cores, memory, jobs] of cases)
    it(`says ${jobs} for ${cores} cores and ${memory} GB`, () =>
      assert.equal(measureJobs({ cores, bytes: memory * gb }).jobs, jobs));

  it("looks at the limits of a container, of either version", () => {
    const root = mkdtempSync(path.join(os.tmpdir(), "edin-cgroup-"));
    try {
      const all = readMachine(path.join(root, "none"));
      assert.deepEqual(all, { cores: os.availableParallelism(), bytes: os.totalmem() });
      writeFileSync(path.join(root, "cpu.max"), "150000 100000\n");
      writeFileSync(path.join(root, "memory.max"), "1000000000\n");
      assert.deepEqual(readMachine(root), { cores: 1, bytes: 1_000_000_000 });
      writeFileSync(path.join(root, "cpu.max"), "max 100000\n");
      writeFileSync(path.join(root, "memory.max"), "max\n");
      assert.deepEqual(readMachine(root), all);
      for (const name of ["cpu", "memory"]) mkdirSync(path.join(root, name));
      for (const name of ["cpu.max", "memory.max"]) rmSync(path.join(root, name));
      writeFileSync(path.join(root, "cpu/cpu.cfs_quota_us"), "100000\n");
      writeFileSync(path.join(root, "cpu/cpu.cfs_period_us"), "100000\n");
      writeFileSync(path.join(root, "memory/memory.limit_in_bytes"), "2000000000\n");
      assert.deepEqual(readMachine(root), { cores: 1, bytes: 2_000_000_000 });
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});
