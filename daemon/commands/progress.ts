import type { AnalysisProgress } from "../../shared/protocol/analyses.ts";
import { clock } from "./summary.ts";
import { counted } from "../../shared/text/counted.ts";

/** Without a terminal one line is written each time this much of the clip is done. */
const sparseStep = 0.1;

/** Shows how far an analysis is on stderr: one line that is rewritten on a terminal, else a line now and then. */
export class ProgressLine {
  readonly #out: NodeJS.WriteStream;
  #next = 0;

  constructor(out: NodeJS.WriteStream = process.stderr) {
    this.#out = out;
  }

  show({ timeMs, durationMs, frames, framesPerSecond, hashedShare = 1 }: AnalysisProgress): void {
    const done = durationMs > 0 ? Math.min(1, timeMs / durationMs) : 0;
    const parts = [
      ...(durationMs > 0
        ? [`${Math.round(100 * done)} %`, `${clock(timeMs)} of ${clock(durationMs)}`]
        : [clock(timeMs)]),
      // Of sound alone there are no frames, and before the first there is no pace.
      ...(frames > 0 ? [`${counted(frames, "frame")}, ${framesPerSecond} a second`] : []),
      ...(done === 1 && hashedShare < 1 ? [`hash ${Math.round(100 * hashedShare)} %`] : []),
    ];
    const text = parts.join("  ");
    if (this.#out.isTTY) {
      this.#out.write(`\r\u001B[2K${text}`);
      return;
    }
    if (done < this.#next) return;
    this.#next = (Math.floor(done / sparseStep) + 1) * sparseStep;
    this.#out.write(`${text}\n`);
  }

  /** Leaves the terminal on a fresh line. */
  end(): void {
    if (this.#out.isTTY) this.#out.write("\r\u001B[2K");
  }
}

/** A line on stderr that counts on a terminal, and every tenth of the way otherwise. */
export function createCounter() {
  const terminal = process.stderr.isTTY;
  let shown = 0;
  return {
    show: (done: number, total: number): void => {
      const tenth = Math.floor((10 * done) / total);
      if (terminal) process.stderr.write(`\r${done} of ${total}`);
      else if (tenth > shown) process.stderr.write(`${done} of ${total}\n`);
      shown = tenth;
    },
    end: () => {
      if (terminal) process.stderr.write("\n");
    },
  };
}
