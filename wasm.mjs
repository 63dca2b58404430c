// Compiles daemon/media/sampleLine.wat into daemon/media/sampleLine.ts; a test holds the two together.
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import wabt from "wabt";

const folder = path.join(import.meta.dirname, "daemon/media");

/** The module as it is stored. */
export async function compileSampleLine() {
  const { parseWat } = await wabt();
  const text = await readFile(path.join(folder, "sampleLine.wat"), "utf8");
  const { buffer } = parseWat("sampleLine.wat", text, { simd: true }).toBinary({});
  const lines = Buffer.from(buffer)
    .toString("base64")
    .match(/.{1,96}/g)
    .map((line) => `  "${line}"`);
  return `/** sampleLine.wat, compiled by \`npm run wasm\`. */\nexport const sampleLineModule =\n${lines.join(" +\n")};\n`;
}

if (process.argv[1] === import.meta.filename)
  await writeFile(path.join(folder, "sampleLine.ts"), await compileSampleLine());
