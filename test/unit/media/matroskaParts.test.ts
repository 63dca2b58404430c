import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { readMatroskaParts } from "../../../daemon/media/matroskaParts.ts";

/** An element: its id as it is written, and its content, with a size of `sizeBytes`. */
function element(id: string, content: Buffer | readonly Buffer[], sizeBytes = 8): Buffer {
  const inner = Array.isArray(content) ? Buffer.concat(content) : (content as Buffer);
  const size = Buffer.alloc(sizeBytes);
  size.writeUIntBE(inner.length, Math.max(0, sizeBytes - 4), Math.min(4, sizeBytes));
  size[0]! |= 0x80 >> (sizeBytes - 1);
  return Buffer.concat([Buffer.from(id, "hex"), size, inner]);
}

const header = element("1a45dfa3", element("4282", Buffer.from("matroska")));
const uid = Buffer.alloc(16, 7);
const cluster = element("1f43b675", Buffer.alloc(5000), 4);
const edition = (...content: Buffer[]) => element("1043a770", element("45b9", content));
const chapter = (...content: Buffer[]) => element("b6", [element("73c4", Buffer.from([1])), ...content], 2);
const plainInfo = element("1549a966", element("73a4", uid));

describe("a Matroska file says how players show it", () => {
  let folder: string;
  before(async () => void (folder = await mkdtemp(path.join(os.tmpdir(), "edin-matroska-"))));
  after(() => rm(folder, { recursive: true }));

  const neither = { orderedChapters: false, linked: false };
  const files: [string, Buffer[], { orderedChapters: boolean; linked: boolean }][] = [
    ["without chapters", [plainInfo, cluster], neither],
    [
      "with chapters to jump to",
      [plainInfo, edition(element("45dd", Buffer.from([0])), chapter()), cluster],
      neither,
    ],
    [
      "with chapters in an order of their own, behind the picture",
      [plainInfo, cluster, cluster, edition(element("45dd", Buffer.from([1]), 1), chapter())],
      { orderedChapters: true, linked: false },
    ],
    [
      "with a chapter out of another file",
      [plainInfo, edition(element("45dd", Buffer.from([1])), chapter(element("6e67", uid))), cluster],
      { orderedChapters: true, linked: true },
    ],
    [
      "that another file goes before",
      [element("1549a966", [element("73a4", uid), element("3cb923", uid)]), cluster],
      { orderedChapters: false, linked: true },
    ],
    [
      "that another file follows",
      [element("1549a966", [element("73a4", uid), element("3eb923", uid)]), cluster],
      { orderedChapters: false, linked: true },
    ],
  ];
  for (const [name, parts, expected] of files) {
    it(name, async () => {
      const file = path.join(folder, "one.mkv");
      const bytes = Buffer.concat([header, element("18538067", parts)]);
      await writeFile(file, bytes);
      const about = { container: "matroska", sizeBytes: bytes.length } as const;
      assert.deepEqual(await readMatroskaParts(file, about), expected);
      // Cut anywhere it is read as far as it goes.
      for (let cut = 0; cut < 64; cut += 7) {
        await writeFile(file, bytes.subarray(0, cut));
        await readMatroskaParts(file, { ...about, sizeBytes: cut });
      }
    });
  }

  it("that holds itself two thousand times is read all the same", async () => {
    let nested: Buffer = Buffer.alloc(0);
    for (let n = 0; n < 2000; n++) nested = element("b6", nested, 4);
    const file = path.join(folder, "deep.mkv");
    const bytes = Buffer.concat([header, element("18538067", element("1043a770", element("45b9", nested)))]);
    await writeFile(file, bytes);
    assert.deepEqual(
      await readMatroskaParts(file, { container: "matroska", sizeBytes: bytes.length }),
      neither,
    );
  });
});
