import assert from "node:assert/strict";
import * as z from "zod";
import { jsonLines } from "../../../webview/data/jsonLines.ts";

async function* pieces(...texts: string[]): AsyncGenerator<string> {
  for (const text of texts) yield await Promise.resolve(text);
}

describe("lines of JSON that arrive in pieces", () => {
  const schema = z.object({ n: z.number() });
  const read = async (...texts: string[]) => {
    const lines = [];
    for await (const line of jsonLines(pieces(...texts), schema)) lines.push(line);
    return lines;
  };

  it("are whole however they were cut, with or without a last line break", async () => {
    const expected = [{ n: 1 }, { n: 22 }, { n: 3 }];
    const cuts = [
      ['{"n":1}\n{"n":22}\n{"n":3}\n'],
      ['{"n":1}\n{"n":2', '2}\n{"n"', ":3}"],
      ["", '{"n":1}', "\n", '{"n":22}\n{"n":3}', "\n"],
    ];
    for (const cut of cuts) assert.deepEqual(await read(...cut), expected);
  });

  it("are refused when they are not what the schema says", async () => {
    await assert.rejects(read('{"n":"one"}\n'));
  });
});
