import assert from "node:assert/strict";
import { readFile, truncate, writeFile } from "node:fs/promises";
import path from "node:path";
import { NodeIO } from "@gltf-transform/core";
import { EXTMeshoptCompression, KHRMeshQuantization } from "@gltf-transform/extensions";
import { MeshoptDecoder, MeshoptEncoder } from "meshoptimizer";
import sharp from "sharp";
import { AvatarRenderer } from "../../../daemon/avatar/draw.ts";
import { atRest } from "../../../shared/avatar/head.ts";
import { avatarNamed, importAvatar, removeAvatar } from "../../../daemon/avatar/importAvatar.ts";
import { avatarsFrom, listAvatars, openHead, openPicture } from "../../../daemon/avatar/library.ts";
import { readHead } from "../../../daemon/avatar/readHead.ts";
import { openModels, type Models } from "../../../daemon/inference/models.ts";
import { blendShapes } from "../../../shared/avatar/blendShapes.ts";
import { isAppError, type ErrorCode } from "../../../shared/errors.ts";
import { temporaryFolder } from "../media/clips.ts";

const root = path.join(import.meta.dirname, "../../..");
const modelsDir = path.join(root, "models");
const group = path.join(root, "node_modules/@vladmandic/face-api/demo/sample3.jpg");
const refused = (code: ErrorCode) => (error: unknown) => isAppError(error, code);

describe("avatars of one's own", function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  let models: Models;
  let onePerson: string;
  before(async () => {
    onePerson = path.join(folder.path, "One Person.png");
    // The woman on the left of the picture.
    await sharp(group)
      .resize({ width: 1920 })
      .extract({ left: 420, top: 180, width: 540, height: 640 })
      .toFile(onePerson);
    models = await openModels({ modelsDir, userModelsDir: path.join(folder.path, "models"), device: "cpu" });
  });
  after(async () => {
    await models[Symbol.asyncDispose]();
  });
  const at = (name: string) => path.join(folder.path, name);
  const own = async () => (await listAvatars(models.folders)).filter(({ origin }) => origin === "user");

  it("takes a head, which comes before the cast, and gives it back", async () => {
    const entry = await importAvatar(path.join(modelsDir, "avatars/dora.glb"), { models, name: "mine" });
    assert.deepEqual([entry.kind, entry.origin], ["head", "user"]);
    const order = await avatarsFrom(models.folders, "mine");
    assert.deepEqual([order[0]!.name, order[1]!.name, order.length], ["mine", "ada", 11]);
    assert.equal((await openHead(entry)).name, "mine");
    await removeAvatar(models, "mine");
    assert.deepEqual(await own(), []);
  });

  it("takes a VRM that an exporter turned round and packed, and draws it as the head that it was", async () => {
    const io = new NodeIO()
      .registerExtensions([EXTMeshoptCompression, KHRMeshQuantization])
      .registerDependencies({ "meshopt.encoder": MeshoptEncoder, "meshopt.decoder": MeshoptDecoder });
    await MeshoptEncoder.ready;
    const document = await io.read(path.join(modelsDir, "avatars/hana.glb"));
    // It knows nothing of EDIN's own measures.
    document.getRoot().getAsset().extras = {};
    for (const accessor of document.getRoot().listAccessors()) accessor.setSparse(false);
    const own = await readHead(await io.writeBinary(document), "own");
    document.createExtension(EXTMeshoptCompression).setRequired(true);
    // VRM 0 looks along -z.
    const root = document.createNode("armature").setRotation([0, 1, 0, 0]);
    const [scene] = document.getRoot().listScenes();
    for (const node of scene!.listChildren()) root.addChild(node);
    scene!.addChild(root);
    await writeFile(at("Packed.vrm"), await io.writeBinary(document));
    const entry = await importAvatar(at("Packed.vrm"), { models });
    assert.equal(entry.name, "packed");
    const packed = await openHead(entry);
    assert.deepEqual([...packed.shapes].sort(), [...own.shapes].sort());
    const smile = {
      ...atRest,
      weights: atRest.weights.map((_, k) => (blendShapes[k]!.startsWith("mouthSmile") ? 1 : 0)),
    };
    const [a, b] = [packed, own].map((head) => new AvatarRenderer(head, 64).draw(smile).slice());
    const apart = a!.reduce((sum, value, k) => sum + Math.abs(value - b![k]!), 0) / a!.length;
    assert.ok(apart < 2, `${apart} grey levels apart`);
    await removeAvatar(models, "packed");
  });

  it("keeps of a picture what is around its one face, framed as drawn heads are", async () => {
    const entry = await importAvatar(onePerson, { models, name: "person" });
    const picture = await openPicture(entry);
    assert.equal(picture.size, 256);
    // What was stored is found to be one face again, in the place where drawn heads have theirs.
    const again = await openPicture(await importAvatar(entry.file, { models, name: "again" }));
    const apart = picture.rgb.reduce((sum, value, k) => sum + Math.abs(value - again.rgb[k]!), 0);
    assert.ok(apart / picture.rgb.length < 12, `${apart / picture.rgb.length} grey levels apart`);
    await assert.rejects(openHead(entry), refused("avatar_unusable"));
  });

  it("is imported once by its path, under a name that tells its contents apart", async () => {
    const before = (await own()).length;
    const name = await avatarNamed(onePerson, models);
    assert.match(name, /^one-person-[0-9a-f]{8}$/);
    assert.equal(await avatarNamed(onePerson, models), name);
    assert.equal((await own()).length, before + 1);
    assert.equal(await avatarNamed("ada", models), "ada");
  });

  it("refuses what is no avatar, and what is taken, and leaves nothing behind", async () => {
    const before = await own();
    const person = await readFile(onePerson);
    const { width, height } = await sharp(person).metadata();
    const two = at("two.png");
    await sharp({ create: { width: 2 * width, height, channels: 3, background: "grey" } })
      .composite([
        { input: person, left: 0, top: 0 },
        { input: person, left: width, top: 0 },
      ])
      .png()
      .toFile(two);
    const none = at("none.png");
    await sharp({ create: { width: 200, height: 200, channels: 3, background: "grey" } }).toFile(none);
    await writeFile(at("broken.glb"), "no glTF");
    await writeFile(at("text.gltf"), "{}");
    await writeFile(at("broken.png"), "no picture");
    await writeFile(at("huge.vrm"), "glTF");
    await truncate(at("huge.vrm"), 500 * 2 ** 20);
    const import_ = (file: string, name = "new") => importAvatar(file, { models, name });
    await assert.rejects(import_(two), refused("avatar_unusable"));
    await assert.rejects(import_(none), refused("avatar_unusable"));
    await assert.rejects(import_(at("broken.glb")), refused("avatar_unusable"));
    await assert.rejects(import_(at("text.gltf")), /one binary file \(\.glb\)/);
    await assert.rejects(import_(at("broken.png")), refused("media_unsupported"));
    await assert.rejects(import_(at("huge.vrm")), refused("too_large"));
    await assert.rejects(import_(folder.path), refused("invalid_path"));
    await assert.rejects(import_(at("away.glb")), refused("not_found"));
    await assert.rejects(import_(onePerson, "ada"), refused("conflict"));
    await assert.rejects(import_(onePerson, "person"), refused("conflict"));
    await assert.rejects(import_(onePerson, "../x"), refused("invalid_request"));
    await assert.rejects(removeAvatar(models, "ada"), refused("conflict"));
    assert.deepEqual(await own(), before);
  });
});
