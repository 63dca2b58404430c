import type { Readable } from "node:stream";

/**
 * Takes what a child process writes line by line, without those that are empty; the last need not end.
 * @param maxLength a line that never ends is cut: characters
 * @returns fulfilled when the last was taken
 */
export function readLines(
  stream: Readable,
  maxLength: number,
  onLine: (line: string) => void,
): Promise<void> {
  let rest = "";
  const tell = (line: string): void => {
    if (line.trim() !== "") onLine(line);
  };
  stream.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!.slice(-maxLength);
    for (const line of lines) tell(line.slice(0, maxLength));
  });
  return new Promise((resolve) => {
    stream.once("close", () => {
      tell(rest);
      resolve();
    });
  });
}
