import type * as z from "zod";

/** No stretch of parsing is longer than this, so that the page stays responsive while a long clip loads. */
const sliceMs = 12;

/** Parses each line of a `.jsonl` that arrives as pieces of text. Absent files have no lines. */
export async function* jsonLines<T>(pieces: AsyncIterable<string>, schema: z.ZodType<T>): AsyncGenerator<T> {
  let rest = "";
  let since = performance.now();
  for await (const piece of pieces) {
    const lines = (rest + piece).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line !== "") yield schema.parse(JSON.parse(line));
      if (performance.now() - since > sliceMs) {
        await new Promise((resolve) => setTimeout(resolve));
        since = performance.now();
      }
    }
  }
  if (rest.trim() !== "") yield schema.parse(JSON.parse(rest));
}
