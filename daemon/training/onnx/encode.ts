/**
 * Writes the messages of ONNX's protobuf that a network of ours needs. Field numbers are those of onnx.proto
 * (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
 */

const text = new TextEncoder();

/** Fields one after another, which is what a message is. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** A field that holds bytes, a text, or a message of these fields. */
export function field(number: number, content: Uint8Array | string | readonly Uint8Array[]): Uint8Array {
  const bytes = typeof content === "string" ? text.encode(content) : content;
  const body = bytes instanceof Uint8Array ? bytes : joined(bytes);
  return joined([varint(number * 8 + 2), varint(body.length), body]);
}

/** A field that holds a whole number of at least 0. */
export function integer(number: number, value: number): Uint8Array {
  return joined([varint(number * 8), varint(value)]);
}

function float(number: number, value: number): Uint8Array {
  return joined([varint(number * 8 + 5), littleEndian(Float32Array.of(value))]);
}

function varint(value: number): Uint8Array {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} is no count.`);
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return Uint8Array.from([...bytes, rest]);
}

function littleEndian(values: Float32Array): Uint8Array {
  const out = new DataView(new ArrayBuffer(4 * values.length));
  values.forEach((value, i) => out.setFloat32(4 * i, value, true));
  return new Uint8Array(out.buffer);
}

export type Attribute = number | { readonly float: number } | { readonly ints: readonly number[] };

/** A node of a graph; whole numbers are attributes of type INT. */
export function node(
  operator: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Readonly<Record<string, Attribute>> = {},
): Uint8Array {
  return field(1, [
    ...inputs.map((name) => field(1, name)),
    ...outputs.map((name) => field(2, name)),
    field(3, outputs[0]!),
    field(4, operator),
    ...Object.entries(attributes).map(([name, value]) => field(5, [field(1, name), ...attributeOf(value)])),
  ]);
}

function attributeOf(value: Attribute): Uint8Array[] {
  if (typeof value === "number") return [integer(3, value), integer(20, 2)];
  if ("float" in value) return [float(2, value.float), integer(20, 1)];
  return [...value.ints.map((one) => integer(8, one)), integer(20, 7)];
}

/** Numbers of a graph, float32. */
export function initializer(name: string, shape: readonly number[], data: Float32Array): Uint8Array {
  return field(5, [
    ...shape.map((size) => integer(1, size)),
    integer(2, 1),
    field(8, name),
    field(9, littleEndian(data)),
  ]);
}

/** Whole numbers of a graph, int64 in a list: shapes and axes. */
export function wholeNumbers(name: string, values: readonly number[]): Uint8Array {
  const data = new DataView(new ArrayBuffer(8 * values.length));
  values.forEach((value, i) => data.setBigInt64(8 * i, BigInt(value), true));
  return field(5, [
    integer(1, values.length),
    integer(2, 7),
    field(8, name),
    field(9, new Uint8Array(data.buffer)),
  ]);
}

/** An input (`11`) or output (`12`) of a graph, float32; a text is a size that may vary. */
export function declared(number: 11 | 12, name: string, shape: readonly (number | string)[]): Uint8Array {
  const sizes = shape.map((size) => field(1, [typeof size === "number" ? integer(1, size) : field(2, size)]));
  return field(number, [field(1, name), field(2, [field(1, [integer(1, 1), field(2, sizes)])])]);
}

/** A whole file of one graph: opset 17, as the recipes write. */
export function modelFile(graph: readonly Uint8Array[]): Uint8Array {
  return joined([
    integer(1, 8),
    field(2, "edin"),
    field(8, [field(1, ""), integer(2, 17)]),
    field(7, [...graph, field(2, "edin")]),
  ]);
}
