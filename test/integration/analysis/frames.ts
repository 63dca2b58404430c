import { writeFile } from "node:fs/promises";
import path from "node:path";
import type { FrameLine } from "../../../shared/protocol/results.ts";

/** Writes `frames.jsonl` with one face at 25 frames a second, whose head turns by one degree a frame. */
export async function writeFrames(folder: string, frames: number): Promise<void> {
  const lines = Array.from({ length: frames }, (_, index): FrameLine => {
    const headPose = { yawDeg: index, pitchDeg: 0, rollDeg: 0 };
    const landmarks = new Array<number>(136).fill(0.5);
    const face = { track: 1, state: "ok" as const, box: [0, 0, 9, 9] as [number, number, number, number] };
    return { index, timeMs: index * 40, state: "ok", faces: [{ ...face, score: 0.9, landmarks, headPose }] };
  });
  await writeFile(
    path.join(folder, "frames.jsonl"),
    lines.map((line) => `${JSON.stringify(line)}\n`).join(""),
  );
}
