import { AppError } from "../../shared/errors.ts";

/** The longest line that a result has: a frame with many faces takes some kilobytes. */
const maxCharacters = 16_000_000;

/**
 * Lines of a stream as they come. What fails in the stream fails here: readline would end as if the file did.
 * @throws AppError `invalid_request` for a line beyond measure
 */
export async function* linesOf(stream: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const piece of stream) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split(/\r?\n/);
    rest = lines.pop()!;
    if (rest.length > maxCharacters)
      throw new AppError("invalid_request", "A line of the results is too long. Analyse the clip again.");
    yield* lines;
  }
  rest += decoder.decode();
  if (rest !== "") yield rest;
}
