// Compiles daemon/media/sampleKernel.wat into daemon/media/sampleKernelCode.ts; a test holds the two together.
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import wabt from "wabt";

const folder = path.join(import.meta.dirname, "daemon/media");

/** The module as it is stored. */
export async function compileSampleKernel() {
  const { parseWat } = await wabt();
  const text = await readFile(path.join(folder, "sampleKernel.wat"), "utf8");
  const { buffer } = parseWat("sampleKernel.wat", text, { simd: true }).toBinary({});
  const lines = Buffer.from(buffer)
    .toString("base64")
    .match(/.{1,96}/g)
    .map((line) => `  "${line}"`);
  return `/** sampleKernel.wat, compiled by \`npm run wasm\`. */\nexport const sampleKernelCode =\n${lines.join(" +\n")};\n`;
}

if (process.argv[1] === import.meta.filename)
  await writeFile(path.join(folder, "sampleKernelCode.ts"), await compileSampleKernel());
