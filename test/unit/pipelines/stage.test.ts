import assert from "node:assert/strict";
import { eachInTurn, readAhead } from "../../../daemon/pipelines/stage.ts";

describe("readAhead", () => {
  const turn = () => new Promise((resolve) => setImmediate(resolve));

  async function* numbers(log: string[], end = 5): AsyncGenerator<number> {
    try {
      for (let i = 0; i < end; i++) {
        await turn();
        log.push(`made ${i}`);
        yield i;
      }
    } finally {
      log.push("closed");
    }
  }

  it("keeps the order and pulls no more than it may", async () => {
    const log: string[] = [];
    for await (const item of readAhead<number>(2)(numbers(log))) {
      await turn().then(turn).then(turn);
      log.push(`used ${item}`);
    }
    assert.deepEqual(
      log.filter((line) => line.startsWith("used")),
      [0, 1, 2, 3, 4].map((i) => `used ${i}`),
    );
    assert.deepEqual(log.slice(0, 4), ["made 0", "made 1", "made 2", "used 0"]);
  });

  it("passes a failure on in its place", async () => {
    const failing = eachInTurn((i: number) => (i === 2 ? Promise.reject(new Error("two")) : i));
    const seen: number[] = [];
    const read = async () => {
      for await (const item of readAhead<number>(3)(failing(numbers([])))) seen.push(item);
    };
    await assert.rejects(read(), /two/);
    assert.deepEqual(seen, [0, 1]);
  });

  it("ends what it pulls from when nobody wants more", async () => {
    const log: string[] = [];
    for await (const item of readAhead<number>(1)(numbers(log))) if (item === 1) break;
    assert.equal(log.at(-1), "closed");
  });
});
