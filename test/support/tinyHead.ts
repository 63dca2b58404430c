import { Document, NodeIO, type JSONDocument } from "@gltf-transform/core";

/** Eyes in the second row of vertices, mouth in the fourth. */
export const fiveShapes = {
  eyeBlinkLeft: [8],
  EyeBlink_R: [6],
  jawOpen: [22],
  MouthSmileLeft: [18],
  mouthSmile_R: [16],
};

export interface MadeHead {
  /** 1: along +z as glTF has it; -1: along -z as VRM 0 has it. */
  readonly facing?: 1 | -1;
  /** Vertices that each morph target moves. */
  readonly targets?: Readonly<Record<string, readonly number[]>>;
  /** Of the file, per metre. */
  readonly units?: number;
  /** Changes what is written. */
  readonly change?: (document: Document) => void;
  readonly json?: (json: JSONDocument["json"]) => void;
}

/** A head as a tool would write it: a flat oval face of 5 x 5 vertices in metres. */
export async function makeHead({
  facing = 1,
  targets = fiveShapes,
  units = 1,
  change,
  json: changeJson,
}: MadeHead = {}): Promise<Uint8Array> {
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
    .setAttribute(
      "POSITION",
      accessor(
        "VEC3",
        Float32Array.from(positions, (value) => units * value),
      ),
    )
    .setIndices(accessor("SCALAR", Uint16Array.from(indices)));
  for (const [name, list] of Object.entries(targets)) {
    const delta = new Float32Array(positions.length);
    for (const v of list) delta[3 * v + 1] = -0.01 * units;
    primitive.addTarget(
      document.createPrimitiveTarget(name).setAttribute("POSITION", accessor("VEC3", delta)),
    );
  }
  const mesh = document.createMesh("face").addPrimitive(primitive);
  // Readers take the names from here.
  mesh.setExtras({ targetNames: Object.keys(targets) });
  document.createScene().addChild(document.createNode("face").setMesh(mesh));
  change?.(document);
  const io = new NodeIO();
  if (!changeJson) return await io.writeBinary(document);
  const written = await io.writeJSON(document);
  changeJson(written.json);
  const data = Buffer.from(Object.values(written.resources)[0]!);
  for (const one of written.json.buffers ?? [])
    one.uri = `data:application/octet-stream;base64,${data.toString("base64")}`;
  return glbOf(written.json);
}

/** A glTF binary without binary data of its own. */
export function glbOf(json: unknown): Uint8Array {
  const bytes = Buffer.from(JSON.stringify(json));
  const text = Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4, " ")]);
  const head = Buffer.alloc(20);
  head.writeUInt32LE(0x46546c67, 0);
  head.writeUInt32LE(2, 4);
  head.writeUInt32LE(20 + text.length, 8);
  head.writeUInt32LE(text.length, 12);
  head.writeUInt32LE(0x4e4f534a, 16);
  return Buffer.concat([head, text]);
}
