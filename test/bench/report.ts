import { formatTable } from "../../daemon/commands/output.ts";

/** One figure. `spread` is the range of the rounds over their median; `ratio` says how many times the peer we are. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  readonly spread: number;
  readonly peer: string | null;
  readonly peerValue: number | null;
  readonly ratio: number | null;
}

/** Our rounds against the same rounds of a peer: the ratio is the median of the rounds' own, so that a busy machine
 * weighs on both. */
export function figure(
  name: string,
  unit: string,
  rounds: readonly number[],
  peer?: { name: string; rounds: readonly number[] },
): Figure {
  const value = median(rounds);
  return {
    ...{
      name,
      unit,
      value: short(value),
      spread: value === 0 ? 0 : short((Math.max(...rounds) - Math.min(...rounds)) / value),
    },
    peer: peer?.name ?? null,
    peerValue: peer ? short(median(peer.rounds)) : null,
    ratio: peer ? short(median(rounds.map((ours, i) => ours / peer.rounds[i]!))) : null,
  };
}

/** JSON lines as they come, on stdout. */
export function printLine(line: Figure): void {
  console.log(JSON.stringify(line));
}

export function printReport(figures: readonly Figure[]): void {
  const cell = (value: number | string | null) => (value === null ? "" : String(value));
  const rows = figures.map((f) => [
    ...[f.name, f.unit, cell(f.value), `${Math.round(100 * f.spread)} %`],
    ...[cell(f.peer), cell(f.peerValue), cell(f.ratio)],
  ]);
  console.log(`\n${formatTable(["NAME", "UNIT", "VALUE", "SPREAD", "PEER", "ITS VALUE", "RATIO"], rows)}`);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function short(value: number): number {
  return Number(value.toPrecision(3));
}
