import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { InterviewRunner, type InterviewSegment } from "../../../webview/interview/runner.ts";
import { interviewSchema } from "../../../shared/protocol/interview.ts";

const interview = interviewSchema.parse({
  title: "Two",
  prompts: [
    { id: "a", text: "First?", answerSeconds: 0.05, pauseMs: 10 },
    { id: "b", text: "Second?", until: "key", pauseMs: 0 },
  ],
});

function start(speak: () => Promise<boolean>) {
  const segments: InterviewSegment[] = [];
  const runner = new InterviewRunner(interview, {
    nowMs: () => performance.now(),
    speak,
    onSegment: (segment) => segments.push(segment),
  });
  return { runner, segments, ended: runner.run() };
}

const until = async (runner: InterviewRunner, kind: string): Promise<void> => {
  const end = Date.now() + 2000;
  while (runner.phase.value.kind !== kind) {
    if (Date.now() > end) throw new Error(`no ${kind}, but ${runner.phase.value.kind}`);
    await sleep(2);
  }
};

describe("an interview", () => {
  it("asks and waits in order, and tells each segment when it has ended", async () => {
    const { runner, segments, ended } = start(() => sleep(20, true));
    await until(runner, "answer");
    await until(runner, "pause");
    await until(runner, "prompt");
    await until(runner, "answer");
    await sleep(80);
    assert.equal(runner.phase.value.kind, "answer", "an answer until a key does not end by itself");
    runner.next();
    await ended;
    assert.equal(runner.phase.value.kind, "done");
    assert.deepEqual(
      segments.map(({ kind, prompt }) => `${prompt.id} ${kind}`),
      ["a prompt", "a answer", "b prompt", "b answer"],
    );
    const lengths = segments.map(({ startMs, endMs }) => endMs - startMs);
    assert.ok(lengths[0]! >= 15 && lengths[1]! >= 45 && lengths[3]! >= 75, lengths.join(" "));
    segments.slice(1).forEach((segment, i) => assert.ok(segment.startMs >= segments[i]!.endMs));
  });

  it("goes on at once when the participant does, also over a speech that never ends", async () => {
    const { runner, segments, ended } = start(() => new Promise(() => undefined));
    for (const kind of ["prompt", "answer", "pause", "prompt", "answer"]) {
      await until(runner, kind);
      runner.next();
    }
    await ended;
    assert.equal(segments.length, 4);
  });

  it("leaves time for reading where nothing can speak", async () => {
    const { runner } = start(() => Promise.resolve(false));
    await sleep(100);
    assert.equal(runner.phase.value.kind, "prompt");
    runner.stop();
  });

  it("ends the segment in which it is stopped, and asks no more", async () => {
    const { runner, segments, ended } = start(() => Promise.resolve(true));
    await until(runner, "answer");
    runner.stop();
    await ended;
    assert.equal(runner.phase.value.kind, "stopped");
    assert.deepEqual(
      segments.map(({ kind }) => kind),
      ["prompt", "answer"],
    );
  });
});
