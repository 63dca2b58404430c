import type { Analysis } from "../../shared/protocol/results.ts";
import type { BatchSpeed } from "./batches.ts";
import type { Agreement } from "./compare.ts";

/** What `edin models verify` says of a network. */
export interface Verified {
  readonly id: string;
  readonly ok: boolean;
  readonly provider?: string;
  readonly worstDifference?: number;
  readonly runMs?: number;
  readonly problem?: string;
}

/** What was measured on a machine. */
export interface Report {
  readonly machine: Record<string, string | number>;
  /** That stands for the card. */
  readonly device: string;
  readonly driver: string;
  readonly lackingLibraries: string[];
  readonly doctor: string;
  readonly verified: Record<Side, Verified[]>;
  readonly batches: Partial<Record<Side, BatchSpeed[]>>;
  /** Frames a second of ffmpeg alone: no device can be faster. */
  readonly decoding: number;
  /** Each round. */
  readonly framesPerSecond: Record<Side, number[]>;
  readonly stages: Record<Side, Analysis["run"]["stages"]>;
  readonly agreement: Agreement;
}

/** What is held against what. */
export type Side = "card" | "cpu";

/** The report for people. */
export function textOf(report: Report): string {
  const { verified, batches, framesPerSecond, stages, agreement } = report;
  const lines = [
    ...Object.entries(report.machine).map(([name, value]) => `${name}: ${value}`),
    `device: ${report.device}; driver: ${report.driver}; packed libraries used: ${report.lackingLibraries.join(", ") || "none"}`,
    ...[
      "",
      report.doctor.trim(),
      "",
      "networks: difference from the stored output, ms a run on the card / on the cpu",
    ],
    ...verified.card.map(({ id, ok, worstDifference, runMs, problem }) => {
      const cpu = verified.cpu.find((one) => one.id === id);
      return `  ${id}: ${ok ? "right" : `wrong (${problem})`}, ${worstDifference}, ${fixed(runMs)} / ${fixed(cpu?.runMs)}`;
    }),
    ...["", "pictures a second by how many go in together, card / cpu"],
    ...(batches.card ?? []).map(({ id, together, picturesPerSecond }) => {
      const cpu = batches.cpu?.find((one) => one.id === id && one.together === together);
      return `  ${id}, ${together}: ${fixed(picturesPerSecond)} / ${fixed(cpu?.picturesPerSecond)}`;
    }),
    ...["", "the visual path: runs a second of each stage, card / cpu (from the median of a run)"],
    ...stages.card.map(({ name, p50Ms }) => {
      const cpu = stages.cpu.find((one) => one.name === name);
      return `  ${name}: ${fixed(1000 / p50Ms)} / ${fixed(cpu && 1000 / cpu.p50Ms)}`;
    }),
    "",
    `frames a second: decoding alone ${fixed(report.decoding)}, ${report.device} ${framesPerSecond.card.map(fixed).join(", ")}, cpu ${framesPerSecond.cpu.map(fixed).join(", ")}`,
    `results: ${agreement.holds ? "within the bounds" : "NOT within the bounds"} of the cpu's: ${JSON.stringify(agreement)}`,
  ];
  return `${lines.join("\n")}\n`;
}

function fixed(value: number | undefined): string {
  return value === undefined || !Number.isFinite(value) ? "-" : value.toFixed(value < 10 ? 2 : 0);
}
