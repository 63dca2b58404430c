import assert from "node:assert/strict";
import path from "node:path";
import type { Document } from "@gltf-transform/core";
import { AvatarRenderer } from "../../../daemon/avatar/draw.ts";
import { findAvatar, listAvatars, openHead } from "../../../daemon/avatar/library.ts";
import { readHead } from "../../../daemon/avatar/readHead.ts";
import { blendShapeOf, blendShapes, type BlendShape } from "../../../shared/avatar/blendShapes.ts";
import { atRest } from "../../../shared/avatar/head.ts";
import { isAppError } from "../../../shared/errors.ts";
import { fiveShapes, glbOf, makeHead } from "../../support/tinyHead.ts";

const modelsDir = path.join(import.meta.dirname, "../../../models");

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
    // From the eyes (155 cm) to the mouth (145 cm) the square is 2.35 times as tall; then the head is brought to a person's size.
    const k = 16 / 23.5;
    assert.equal(head.face.side, 16);
    assert.ok(Math.abs(head.face.centre[1] - k * (155 - 0.29 * 23.5)) < 0.2);
    assert.deepEqual([...head.standIns], []);
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

  it("other programs' names of a shape are told from names of something else", () => {
    for (const name of [
      "eyeBlink_L",
      "EyeBlinkL",
      "eyeBlink.L",
      "head.eyeBlink_L",
      "AK_09_EyeBlinkLeft",
      "eye_blink_left",
    ])
      assert.equal(blendShapeOf(name), "eyeBlinkLeft", name);
    for (const name of [
      "Fcl_EYE_Close_L",
      "viseme_aa",
      "blink_left",
      "eyesClosed",
      "h_expressions.LeyeClose_h",
    ])
      assert.equal(blendShapeOf(name), undefined, name);
  });

  it("finds names that UniVRM writes into each primitive", async () => {
    const head = await readHead(
      await makeHead({
        json: ({ meshes }) => {
          for (const mesh of meshes ?? []) {
            mesh.primitives[0]!.extras = mesh.extras!;
            delete mesh.extras;
          }
        },
      }),
      "made",
    );
    assert.equal(head.shapes.size, 5);
  });

  /** What a VRM's expressions move, as targets without names of their own. */
  const plainTargets = { m0: [8], m1: [6], m2: [22], m3: [18], m4: [16], m5: [3] };
  const perfectSync = ["EyeBlinkLeft", "EyeBlinkRight", "JawOpen", "MouthSmileLeft", "MouthSmileRight"];
  const vertices = ({ parts }: Awaited<ReturnType<typeof readHead>>, shape: BlendShape) => [
    ...(parts[0]!.shapes.get(shape)?.index ?? []),
  ];

  it("takes ARKit's shapes from the expressions of a VRM 0 and of a VRM 1, which may name only these", async () => {
    const zero = perfectSync.map((name, index) => ({
      ...{ name, presetName: "unknown" },
      binds: [{ mesh: 0, index, weight: 50 }],
    }));
    const one = Object.fromEntries(
      perfectSync.map((name, index) => [name, { morphTargetBinds: [{ node: 0, index, weight: 0.5 }] }]),
    );
    for (const extensions of [
      { VRM: { blendShapeMaster: { blendShapeGroups: zero } } },
      { VRMC_vrm: { expressions: { preset: {}, custom: one } } },
    ]) {
      const head = await readHead(
        await makeHead({ targets: plainTargets, json: (json) => (json.extensions = extensions) }),
        "synced",
      );
      assert.equal(head.shapes.size, 5);
      assert.equal(head.standIns.size, 0);
      assert.deepEqual(vertices(head, "jawOpen"), [22]);
      // Half of the centimetre that the target moves, of a face of 23.5 cm brought to 16.
      const { delta } = head.parts[0]!.shapes.get("jawOpen")!;
      assert.ok(Math.abs(delta[1]! + (0.5 * 16) / 23.5) < 1e-3, String(delta[1]));
    }
  });

  it("lets a VRM's presets stand in for shapes that it lacks, and tells which", async () => {
    const presets = { blink_l: [0], blink_r: [1], a: [2], joy: [3, 4], angry: [5] };
    const blendShapeGroups = Object.entries(presets).map(([presetName, binds]) => ({
      ...{ name: presetName, presetName },
      binds: binds.map((index) => ({ mesh: 0, index, weight: 100 })),
    }));
    const head = await readHead(
      await makeHead({
        targets: plainTargets,
        json: (json) => (json.extensions = { VRM: { blendShapeMaster: { blendShapeGroups } } }),
      }),
      "preset",
    );
    assert.deepEqual([...head.standIns].sort(), [
      "browDownLeft",
      "browDownRight",
      "eyeBlinkLeft",
      "eyeBlinkRight",
      "jawOpen",
      "mouthSmileLeft",
      "mouthSmileRight",
    ]);
    // Only both sides at once are there: each gets half.
    assert.deepEqual(vertices(head, "mouthSmileLeft"), vertices(head, "mouthSmileRight"));
    assert.deepEqual(vertices(head, "eyeBlinkLeft"), [8]);
  });

  it("a shape that is named and moves nothing counts as absent: VRoid's stands in", async () => {
    const { jawOpen, ...others } = fiveShapes;
    const head = await readHead(
      await makeHead({ targets: { ...others, jawOpen: [], Fcl_MTH_A: jawOpen } }),
      "vroid",
    );
    assert.deepEqual(vertices(head, "jawOpen"), [22]);
    assert.deepEqual([...head.standIns], ["jawOpen"]);
  });

  it("finds the shapes of Autodesk's Character Generator", async () => {
    const head = await readHead(
      await makeHead({
        targets: {
          "h_expressions.LeyeClose_h": [8],
          "h_expressions.ReyeClose_h": [6],
          "h_expressions.MouthOpen_h": [22],
          "h_expressions.LbrowDown_h": [3],
          "h_expressions.LLbrowDown_h": [3, 4],
          "h_expressions.LsmileClose_h": [18],
          "h_expressions.RsmileClose_h": [16],
        },
      }),
      "generated",
    );
    assert.deepEqual(vertices(head, "browDownLeft"), [3, 4]);
    assert.equal(head.shapes.size, 6);
  });

  it("a head in other units is seen from as far as a person", async () => {
    const [metres, decimetres] = [
      await readHead(await makeHead(), "m"),
      await readHead(await makeHead({ units: 10 }), "dm"),
    ];
    const [a, b] = [metres, decimetres].map((head) => new AvatarRenderer(head, 32).draw(atRest).slice());
    const apart = a!.reduce((sum, value, k) => sum + Math.abs(value - b![k]!), 0) / a!.length;
    assert.ok(apart < 0.5, `${apart} grey levels apart`);
  });

  it("what is seen through hides nothing: glass, and the clear skin over an eye", async () => {
    const over =
      (change: (material: ReturnType<Document["createMaterial"]>) => void) => (document: Document) => {
        const material = document.createMaterial();
        change(material);
        const [face] = document.getRoot().listMeshes()[0]!.listPrimitives();
        const primitive = document.createPrimitive().setMaterial(material);
        primitive.setAttribute("POSITION", face!.getAttribute("POSITION")).setIndices(face!.getIndices());
        const node = document.createNode("over").setMesh(document.createMesh("over").addPrimitive(primitive));
        document.getRoot().listScenes()[0]!.addChild(node);
      };
    const parts = async (change: Parameters<typeof over>[0]) =>
      (await readHead(await makeHead({ change: over(change) }), "over")).parts.length;
    assert.equal(await parts((material) => material.setAlphaMode("BLEND").setAlpha(0.2)), 1);
    assert.equal(await parts((material) => material.setName("_Eye_trans")), 1);
    assert.equal(await parts((material) => material.setAlphaMode("BLEND").setAlpha(0.9)), 2);
    assert.equal(await parts((material) => material.setName("Shirt")), 2);
  });

  it("keeps of a whole figure what can be seen of its head", async () => {
    const body = (document: Document): void => {
      const [buffer] = document.getRoot().listBuffers();
      // Two triangles: shoulders, and feet.
      const corners = [1.35, 0].flatMap((y) => [-0.1, y, 0, 0.1, y, 0, 0, y + 0.05, 0]);
      const primitive = document
        .createPrimitive()
        .setAttribute(
          "POSITION",
          document.createAccessor().setType("VEC3").setArray(Float32Array.from(corners)).setBuffer(buffer!),
        );
      const node = document.createNode("body").setMesh(document.createMesh("body").addPrimitive(primitive));
      document.getRoot().listScenes()[0]!.addChild(node);
    };
    const head = await readHead(await makeHead({ change: body }), "figure");
    assert.deepEqual(
      head.parts.map(({ positions }) => positions.length / 3),
      [26, 3],
    );
    assert.deepEqual([...head.parts[1]!.triangles], [0, 1, 2]);
    assert.ok(Math.abs(head.parts[1]!.positions[1]! - (135 * 16) / 23.5) < 0.01);
  });

  it("eyes that the bones of a VRM turn look where they are told, whichever way the head faces", async () => {
    for (const facing of [1, -1] as const) {
      const boned = (document: Document): void => {
        const [buffer] = document.getRoot().listBuffers();
        const [face] = document.getRoot().listMeshes()[0]!.listPrimitives();
        const count = face!.getAttribute("POSITION")!.getCount();
        const [head, eye] = [document.createNode("head"), document.createNode("some bone")];
        // The person's left eye, 8 cm behind its iris, which is the vertex of that eye.
        eye.setTranslation([0.04 * facing, 1.55, 0]);
        const skin = document.createSkin().addJoint(head).addJoint(eye);
        const joints = new Uint8Array(4 * count);
        const weights = new Float32Array(4 * count);
        for (let v = 0; v < count; v++) [joints[4 * v], weights[4 * v]] = [v === 8 ? 1 : 0, 1];
        const inverse = [0, -1].flatMap((sign) => [
          ...[1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0],
          ...[sign * 0.04 * facing, sign * 1.55, 0, 1],
        ]);
        const accessor = (type: "VEC4" | "MAT4", values: Uint8Array | Float32Array) =>
          document.createAccessor().setType(type).setArray(values).setBuffer(buffer!);
        face!.setAttribute("JOINTS_0", accessor("VEC4", joints));
        face!.setAttribute("WEIGHTS_0", accessor("VEC4", weights));
        skin.setInverseBindMatrices(accessor("MAT4", Float32Array.from(inverse)));
        document.getRoot().listNodes()[0]!.setSkin(skin);
        const [scene] = document.getRoot().listScenes();
        scene!.addChild(head).addChild(eye);
      };
      const json = (file: { nodes?: { name?: string }[]; extensions?: object }): void => {
        const node = file.nodes!.findIndex(({ name }) => name === "some bone");
        file.extensions = { VRM: { humanoid: { humanBones: [{ bone: "leftEye", node }] } } };
      };
      const { parts } = await readHead(await makeHead({ facing, change: boned, json }), "boned");
      const look = (shape: BlendShape) => [...(parts[0]!.shapes.get(shape)?.delta ?? [])];
      assert.deepEqual([...parts[0]!.shapes.get("eyeLookOutLeft")!.index], [8]);
      // To the person's left and up, by a sixth of 8 cm on a face of 23.5 cm brought to 16.
      const far = (8 * Math.sin(0.17) * 16) / 23.5;
      assert.ok(
        Math.abs(look("eyeLookOutLeft")[0]! - far) < 0.02,
        `${look("eyeLookOutLeft").join()}, ${far}`,
      );
      assert.ok(Math.abs(look("eyeLookUpLeft")[1]! - far) < 0.02);
      assert.equal(parts[0]!.shapes.get("eyeLookOutRight"), undefined);
    }
  });

  it("eyes turn about their own middle, and not where shapes turn them already", async () => {
    const eye = (looks: boolean, name: string, packed: boolean) => (document: Document) => {
      const [buffer] = document.getRoot().listBuffers();
      const accessor = (values: Float32Array) =>
        document.createAccessor().setType("VEC3").setArray(values).setBuffer(buffer!);
      const primitive = document
        .createPrimitive()
        .setAttribute(
          "POSITION",
          accessor(Float32Array.of(0.02, 1.54, 0.08, 0.06, 1.54, 0.08, 0.04, 1.56, 0.1)),
        );
      const mesh = document.createMesh(name).addPrimitive(primitive);
      if (looks) {
        primitive.addTarget(
          document
            .createPrimitiveTarget("eyeLookOutLeft")
            .setAttribute("POSITION", accessor(new Float32Array(9).fill(0.01))),
        );
        mesh.setExtras({ targetNames: ["eyeLookOutLeft"] });
      }
      // A node at the head's root, as skinned meshes have, or a packer's child without a name.
      const node = document.createNode(name);
      document.getRoot().listScenes()[0]!.addChild(node);
      if (packed) node.addChild(document.createNode("").setMesh(mesh));
      else node.setMesh(mesh);
    };
    for (const [name, packed] of [
      ["EyeLeft", false],
      ["h_L_eye", false],
      ["eyeLeft", true],
    ] as const) {
      const head = await readHead(await makeHead({ change: eye(false, name, packed) }), "eyed");
      const k = 16 / 23.5;
      const pivot = head.parts[1]!.eye?.pivot.map((value) => Math.round((100 * value) / k) / 100);
      assert.deepEqual(pivot, [4, 155, 9], name);
    }
    const moved = await readHead(await makeHead({ change: eye(true, "EyeLeft", false) }), "moved");
    assert.equal(moved.parts[1]!.eye, undefined);
  });

  it("a mesh without shapes is refused with what to do", async () => {
    await assert.rejects(
      readHead(await makeHead({ targets: { one: [8], two: [22] } }), "plain"),
      refused("avatar_unusable"),
    );
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
    const far = glbOf({ asset: { version: "2.0" }, buffers: [{ uri: "../secret.bin", byteLength: 4 }] });
    await assert.rejects(readHead(far, "far"), refused("avatar_unusable"));
  });

  it("says what a file is that cannot be drawn, and what to do", async () => {
    const packed = (extension: string) =>
      makeHead({ json: (json) => (json.extensionsRequired = json.extensionsUsed = [extension]) });
    const whole = await makeHead();
    const text = (words: string) => Buffer.from(words);
    for (const [bytes, words] of [
      [text("\n\n<!DOCTYPE html><html lang=en>"), /web page.*Download the file itself/],
      [text("version https://git-lfs.github.com/spec/v1\noid sha256:0"), /git lfs pull/],
      [text('{"asset": {"version": "2.0"}}'), /as text.*\.glb/],
      [text("Kaydara FBX Binary"), /FBX.*\.glb/],
      [new Uint8Array(), /empty/],
      [whole.subarray(0, 1000), new RegExp(`1000 of ${whole.length} bytes`)],
      [await packed("KHR_draco_mesh_compression"), /Draco.*without compression/],
      [await packed("KHR_texture_basisu"), /KTX2.*PNG, JPEG or WebP/],
    ] as const)
      await assert.rejects(readHead(bytes, "other"), (error: unknown) => {
        assert.ok(isAppError(error, "avatar_unusable"));
        assert.match(error.message, words);
        return true;
      });
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
