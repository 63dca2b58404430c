import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { readHead } from "../../../daemon/avatar/readHead.ts";
import type { AvatarHead } from "../../../shared/avatar/head.ts";
import { packedHeadSchema, packHead, unpackHead } from "../../../shared/avatar/packHead.ts";

const avatars = path.join(import.meta.dirname, "../../../models/avatars");
async function read(name: string): Promise<AvatarHead> {
  const { parts, shapes, face, eyeballs } = await readHead(
    await readFile(path.join(avatars, `${name}.glb`)),
    name,
  );
  return { name, parts, shapes, face, eyeballs };
}

describe("heads that are sent to a page", () => {
  for (const name of ["ada", "jori"])
    it(`${name} arrives as it was`, async () => {
      const head = await read(name);
      const { head: sent, data } = packHead(head);
      const header = packedHeadSchema.parse(JSON.parse(JSON.stringify(sent)));
      // As a part of a larger buffer that begins anywhere.
      const wire = new Uint8Array(data.length + 1);
      wire.set(data, 1);
      const got = unpackHead({ head: header, data: wire.subarray(1) });
      assert.deepEqual({ ...got, parts: [] }, { ...head, parts: [] });
      for (const [k, { texture, ...part }] of head.parts.entries()) {
        const { texture: gotTexture, ...gotPart } = got.parts[k]!;
        assert.deepEqual(gotPart, part);
        assert.equal(gotTexture?.width, texture?.width);
        assert.deepEqual(gotTexture?.holes, texture?.holes);
        texture?.linear.forEach((value, at) => {
          if (Math.abs(value - gotTexture!.linear[at]!) > 1e-6) assert.fail(`texel ${at} of part ${k}`);
        });
      }
    });

  it("a picture that parts share is sent once", async () => {
    const head = await read("ada");
    const texture = { width: 64, height: 64, linear: new Float32Array(3 * 64 * 64) };
    const parts = head.parts.map((part) => ({ ...part, texture }));
    const bare = head.parts.map((part) => ({ ...part, texture: undefined }));
    const [with_, without] = [parts, bare].map((some) => packHead({ ...head, parts: some }).data.length);
    assert.equal(with_! - without!, 3 * 64 * 64);
    const got = unpackHead(packHead({ ...head, parts }));
    assert.ok(got.parts.every((part) => part.texture === got.parts[0]!.texture));
  });

  it("one that is too large for a page is refused", async () => {
    const head = await read("ada");
    const [part] = head.parts;
    const large = { ...head, parts: [{ ...part!, positions: new Float32Array(7 * 2 ** 20) }] };
    assert.throws(() => packHead(large), { code: "too_large" });
  });
});
