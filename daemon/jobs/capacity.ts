import { readFileSync } from "node:fs";
import os from "node:os";

/** What the machine, or the container around this process, lets it use. */
export interface Machine {
  readonly cores: number;
  readonly bytes: number;
}

/** What one analysis takes, estimated (720p, one face); `npm run bench -- CLIP --only throughput` measures it. */
export const analysisNeeds = Object.freeze({
  /** It computes on two: pictures are sampled while networks run, and the decoder has what is left. */
  cores: 2,
  /** Process, networks and decoder; the bench shows what is resident. */
  bytes: 700 * 2 ** 20,
  /** One that holds more fails, rather than the machine. */
  maxBytes: 3 * 2 ** 30,
});
/** For the daemon, the database and whoever uses the machine. */
const reservedBytes = 2 ** 30;
export const maxJobs = 64;

/** How many analyses this machine carries at a time, and why. */
export function measureJobs(machine = readMachine()): { jobs: number; why: string } {
  const byCores = Math.floor(machine.cores / analysisNeeds.cores);
  const byMemory = Math.floor((machine.bytes - reservedBytes) / analysisNeeds.bytes);
  const jobs = Math.min(maxJobs, Math.max(1, Math.min(byCores, byMemory)));
  const memory = `${(machine.bytes / 2 ** 30).toFixed(1)} GB`;
  return { jobs, why: `${machine.cores} cores and ${memory} of memory` };
}

/** Cores and memory, within the limits of a control group. */
export function readMachine(root = "/sys/fs/cgroup"): Machine {
  const groups = ["", ...groupOf()].map((group) => root + group);
  const cores = groups.map((group) => quotaOf(group) ?? Infinity);
  const bytes = groups.map((group) => limitOf(group) ?? Infinity);
  return {
    cores: Math.max(1, Math.floor(Math.min(os.availableParallelism(), ...cores))),
    bytes: Math.min(os.totalmem(), ...bytes),
  };
}

/** The group of this process and those around it (version 2): `/a/b`, `/a`. */
function groupOf(): string[] {
  const line = read("/proc/self/cgroup")?.match(/^0::(\/.*)$/m)?.[1] ?? "/";
  const parts = line.split("/").filter((part) => part !== "" && part !== "..");
  return parts.map((_, i) => `/${parts.slice(0, i + 1).join("/")}`);
}

/** Cores that `cpu.max` allows (version 2), or `cpu.cfs_quota_us` (version 1). */
function quotaOf(group: string): number | undefined {
  const [quota, period] = (read(`${group}/cpu.max`) ?? "").trim().split(" ").map(Number);
  if (quota !== undefined && period !== undefined && quota > 0 && period > 0) return quota / period;
  const old = Number(read(`${group}/cpu/cpu.cfs_quota_us`) ?? -1);
  const each = Number(read(`${group}/cpu/cpu.cfs_period_us`) ?? 0);
  return old > 0 && each > 0 ? old / each : undefined;
}

function limitOf(group: string): number | undefined {
  const text = read(`${group}/memory.max`) ?? read(`${group}/memory/memory.limit_in_bytes`);
  const bytes = Number(text ?? NaN);
  return Number.isFinite(bytes) && bytes > 0 ? bytes : undefined;
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    // There is no such group, or no such limit.
    return undefined;
  }
}
