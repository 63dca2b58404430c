import assert from "node:assert/strict";
import path from "node:path";
import { Document, NodeIO } from "@gltf-transform/core";
import { AvatarRenderer } from "../../../daemon/avatar/draw.ts";
import { findAvatar, listAvatars, openHead } from "../../../daemon/avatar/library.ts";
import { readHead } from "../../../daemon/avatar/readHead.ts";
import { blendShapes } from "../../../shared/avatar/blendShapes.ts";
import { isAppError } from "../../../shared/errors.ts";

const modelsDir = path.join(import.meta.dirname, "../../../models");

/**
 * A head as a tool would write it: a flat oval face of 5 x 5 vertices in metres with five shapes.
 * @param facing 1: along +z as glTF has it; -1: along -z as VRM 0 has it
 */
async function makeHead({ facing = 1, named = true } = {}): Promise<Uint8Array> {
  const document = new Document();
  const buffer = document.createBuffer();
  const accessor = (type: "VEC3" | "SCALAR", values: Float32Array | Uint16Array) =>
    document.createAccessor().setType(type).setArray(values).setBuffer(buffer);
  const positions: number[] = [];
  for (let y = 0; y < 5; y++)
    for (let x = 0; x < 5; x++)
      positions.push((facing * (x - 2)) / 25, 1.5 + (2 - y) / 20, facing * (0.1 - 0.02 * Math.abs(x - 2)));
  // The back of the head.
  positions.push(0, 1.5, -0.1 * facing);
  const indices: number[] = [];
  for (let y = 0; y < 4; y++)
    for (let x = 0; x < 4; x++) {
      const a = 5 * y + x;
      indices.push(a, a + 5, a + 1, a + 1, a + 5, a + 6);
    }
  const primitive = document
    .createPrimitive()
    .setAttribute("POSITION", accessor("VEC3", Float32Array.from(positions)))
    .setIndices(accessor("SCALAR", Uint16Array.from(indices)));
  // Eyes in the second row, mouth in the fourth.
  const moved = {
    eyeBlinkLeft: [8],
    EyeBlink_R: [6],
    jawOpen: [22],
    MouthSmileLeft: [18],
    mouthSmile_R: [16],
  };
  for (const [name, list] of Object.entries(moved)) {
    const delta = new Float32Array(positions.length);
    for (const v of list) delta[3 * v + 1] = -0.01;
    primitive.addTarget(
      document
        .createPrimitiveTarget(named ? name : `shape-${list[0]!}`)
        .setAttribute("POSITION", accessor("VEC3", delta)),
    );
  }
  const mesh = document.createMesh("face").addPrimitive(primitive);
  document.createScene().addChild(document.createNode("face").setMesh(mesh));
  return await new NodeIO().writeBinary(document);
}

const refused = (code: Parameters<typeof isAppError>[1]) => (error: unknown) => isAppError(error, code);

describe("heads of other programs", () => {
  it("finds ARKit's shapes by other programs' names, and the face by what they move", async () => {
    const head = await readHead(await makeHead(), "made");
    assert.deepEqual([...head.shapes].sort(), [
      "eyeBlinkLeft",
      "eyeBlinkRight",
      "jawOpen",
      "mouthSmileLeft",
      "mouthSmileRight",
    ]);
    // From the eyes (155 cm) to the mouth (145 cm) the square is 2.35 times as tall.
    assert.ok(Math.abs(head.face.side - 23.5) < 0.1, `${head.face.side} cm`);
    assert.ok(Math.abs(head.face.centre[1] - (155 - 0.29 * 23.5)) < 0.2);
  });

  it("a head that looks along -z (VRM 0) is turned to look out of the picture", async () => {
    const [ahead, back] = [
      await readHead(await makeHead(), "a"),
      await readHead(await makeHead({ facing: -1 }), "b"),
    ];
    const near = (a: Float32Array, b: Float32Array): boolean =>
      a.every((value, k) => Math.abs(value - b[k]!) < 1e-3);
    assert.ok(near(ahead.parts[0]!.positions, back.parts[0]!.positions));
    assert.deepEqual(back.face.centre.map(Math.round), ahead.face.centre.map(Math.round));
  });

  it("a mesh without shapes is refused with what to do", async () => {
    await assert.rejects(readHead(await makeHead({ named: false }), "plain"), refused("avatar_unusable"));
  });

  it("a broken file is refused, wherever it breaks off", async () => {
    const whole = await makeHead();
    for (let k = 0; k < 16; k++)
      await assert.rejects(
        readHead(whole.subarray(0, Math.floor((whole.length * k) / 16)), "broken"),
        refused("avatar_unusable"),
      );
  });

  it("a file that refers to others is refused: nothing outside it is read", async () => {
    const json = JSON.stringify({
      asset: { version: "2.0" },
      buffers: [{ uri: "../secret.bin", byteLength: 4 }],
    });
    const text = Buffer.from(json.padEnd(Math.ceil(json.length / 4) * 4));
    const head = Buffer.alloc(20);
    head.writeUInt32LE(0x46546c67, 0);
    head.writeUInt32LE(2, 4);
    head.writeUInt32LE(20 + text.length, 8);
    head.writeUInt32LE(text.length, 12);
    head.writeUInt32LE(0x4e4f534a, 16);
    await assert.rejects(readHead(Buffer.concat([head, text]), "far"), refused("avatar_unusable"));
  });

  it("a file of more than 100 MB is refused before it is unpacked", async () => {
    await assert.rejects(readHead(new Uint8Array(101 * 2 ** 20), "large"), refused("too_large"));
  });
});

describe("the cast", () => {
  it("has ten heads on two meshes, each with all of the shapes, and each moves its picture", async () => {
    const cast = await listAvatars({ modelsDir });
    assert.equal(cast.length, 10);
    for (const entry of [cast[0]!, cast[6]!, cast[8]!]) {
      const head = await openHead(entry);
      assert.equal(head.shapes.size, blendShapes.length);
      const renderer = new AvatarRenderer(head, 32);
      const rest = {
        weights: new Float32Array(blendShapes.length),
        pose: { yaw: 0, pitch: 0, roll: 0 },
        gaze: { pitch: 0, yaw: 0 },
      };
      const before = renderer.draw(rest).slice();
      rest.weights[blendShapes.indexOf("jawOpen")] = 1;
      assert.notDeepEqual(renderer.draw(rest), before);
    }
  });

  it("a name that is not there is refused with the names that are", async () => {
    await assert.rejects(findAvatar({ modelsDir }, "nobody"), (error: unknown) => {
      assert.ok(isAppError(error, "not_found"));
      assert.match(error.message, /ada, bruno/);
      return true;
    });
  });
});
