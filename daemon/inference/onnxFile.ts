/**
 * Reads just enough of the ONNX protobuf to know whether a file would make the runtime open other files.
 * Field numbers are those of onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
 */
type Message =
  "model" | "graph" | "node" | "attribute" | "tensor" | "sparseTensor" | "function" | "trainingInfo";

/** The fields of each message that lead to a tensor. */
const children: Record<Message, Readonly<Record<number, Message>>> = {
  model: { 7: "graph", 20: "trainingInfo", 25: "function" },
  graph: { 1: "node", 5: "tensor", 15: "sparseTensor" },
  node: { 5: "attribute" },
  attribute: {
    5: "tensor",
    6: "graph",
    10: "tensor",
    11: "graph",
    22: "sparseTensor",
    23: "sparseTensor",
  },
  tensor: {},
  sparseTensor: { 1: "tensor", 2: "tensor" },
  function: { 7: "node", 11: "attribute" },
  trainingInfo: { 1: "graph", 2: "graph" },
};

const tensorExternalData = 13;
const tensorDataLocation = 14;
/** Graphs nest in `If` and `Loop`; nothing real goes near this depth. */
const maxDepth = 64;

/**
 * Whether any tensor of the ONNX file keeps its numbers in another file.
 *
 * @throws RangeError when `bytes` is not a protobuf message with a graph.
 */
export function hasExternalData(bytes: Uint8Array): boolean {
  let graphs = 0;
  let external = false;

  const walk = (message: Message, start: number, end: number, depth: number): void => {
    if (depth > maxDepth) throw new RangeError("Nested too deeply.");
    for (const { field, from, to } of fields(bytes, start, end)) {
      if (message === "tensor" && (field === tensorExternalData || field === tensorDataLocation)) {
        // `data_location` 0 says that the numbers are here, which is also what its absence says.
        external ||= field === tensorExternalData || bytes[from] !== 0;
      }
      const child = children[message][field];
      if (child === undefined) continue;
      if (child === "graph") graphs += 1;
      walk(child, from, to, depth + 1);
    }
  };

  walk("model", 0, bytes.length, 0);
  if (graphs === 0) throw new RangeError("No graph.");
  return external;
}

/**
 * The fields of the message in `[start, end)`: `from` and `to` bound the content of each, `key` is where its key begins.
 *
 * @throws RangeError when that is no protobuf message.
 */
export function* fields(bytes: Uint8Array, start = 0, end = bytes.length) {
  let at = start;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (at >= end) break;
      const byte = bytes[at++]!;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError("A number is cut off.");
  };

  while (at < end) {
    const keyAt = at;
    const key = varint();
    // Readers keep 32 bits of a key and drop the rest: what they would take for another field is refused.
    if (key > 0xffffffff || at - keyAt > 5) throw new RangeError("A key is too long.");
    let from = at;
    switch (key % 8) {
      case 0:
        varint();
        break;
      case 1:
        at += 8;
        break;
      case 2: {
        const length = varint();
        from = at;
        at += length;
        break;
      }
      case 5:
        at += 4;
        break;
      default:
        throw new RangeError("Not a protobuf message.");
    }
    if (at > end) throw new RangeError("A field is cut off.");
    yield { field: Math.floor(key / 8), key: keyAt, from, to: at };
  }
}
