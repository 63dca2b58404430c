import assert from "node:assert/strict";
import { asTheyCome, inOrder, type Happening } from "../../../daemon/pipelines/join.ts";
import type { VisualFrame } from "../../../daemon/pipelines/seen.ts";
import type { SpeechStep } from "../../../daemon/pipelines/speech.ts";

const frameAt = (timeMs: number) => ({ line: { timeMs } }) as VisualFrame;
const stepTo = (endMs: number) => ({ endMs }) as SpeechStep;
async function* each<T>(items: readonly T[]): AsyncGenerator<T, void, undefined> {
  for (const item of items) yield await Promise.resolve(item);
}
const nameOf = (happening: Happening): string =>
  "frame" in happening
    ? `frame ${happening.frame.line.timeMs}`
    : "sound" in happening
      ? `sound ${happening.sound.endMs}`
      : "silence";

describe("pictures and sound as one stream", () => {
  it("is in order of time for a clip, a step of speech by its end", async () => {
    const names: string[] = [];
    for await (const happening of inOrder(
      each([0, 400, 500, 900].map(frameAt)),
      each([500, 1000].map(stepTo)),
    ))
      names.push(nameOf(happening));
    assert.deepEqual(names, [
      "frame 0",
      "frame 400",
      "sound 500",
      "frame 500",
      "frame 900",
      "sound 1000",
      "silence",
    ]);
  });

  it("does not wait for sound that stands still when the source is live", async () => {
    let resume = (): void => undefined;
    const silent = new Promise<void>((resolve) => (resume = resolve));
    async function* steps(): AsyncGenerator<SpeechStep, void, undefined> {
      await silent;
      yield stepTo(500);
    }
    const names: string[] = [];
    for await (const happening of asTheyCome(each([0, 40, 80].map(frameAt)), steps())) {
      names.push(nameOf(happening));
      if (names.length === 3) resume();
    }
    assert.deepEqual(names, ["frame 0", "frame 40", "frame 80", "sound 500", "silence"]);
  });

  it("fails with its source, though the other one stands still", async () => {
    async function* broken(): AsyncGenerator<VisualFrame, void, undefined> {
      yield await Promise.resolve(frameAt(0));
      throw new Error("no more pictures");
    }
    async function* silent(): AsyncGenerator<SpeechStep, void, undefined> {
      await new Promise<never>(() => undefined);
      yield stepTo(0);
    }
    const names: string[] = [];
    await assert.rejects(async () => {
      for await (const happening of asTheyCome(broken(), silent())) names.push(nameOf(happening));
    }, /no more pictures/);
    assert.deepEqual(names, ["frame 0"]);
  });
});
