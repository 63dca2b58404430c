import assert from "node:assert/strict";
import { hasExternalData } from "../../../daemon/inference/onnxFile.ts";

/** A field with content: key, length, bytes. */
const message = (field: number, ...content: number[]): number[] => {
  const key = field * 8 + 2;
  return [...(key < 128 ? [key] : [(key & 127) | 128, key >> 7]), content.length, ...content];
};
const varint = (field: number, value: number): number[] => [field * 8, value];

const external = varint(14, 1);
const location = message(13, ...message(1, 0x61));
const cases: [name: string, bytes: number[], expected: boolean][] = [
  ["an initializer with its numbers inside", message(7, ...message(5, ...message(9, 0, 0, 0, 0))), false],
  ["an initializer that says DEFAULT", message(7, ...message(5, ...varint(14, 0))), false],
  ["an initializer that says EXTERNAL", message(7, ...message(5, ...external)), true],
  ["an initializer with a location only", message(7, ...message(5, ...location)), true],
  ["an initializer after a harmless one", message(7, ...message(5), ...message(5, ...location)), true],
  ["the values of a sparse initializer", message(7, ...message(15, ...message(1, ...external))), true],
  ["the indices of a sparse initializer", message(7, ...message(15, ...message(2, ...external))), true],
  ["a constant node", message(7, ...message(1, ...message(5, ...message(5, ...external)))), true],
  ["a list of tensors", message(7, ...message(1, ...message(5, ...message(10, ...external)))), true],
  [
    "a graph inside an If",
    message(7, ...message(1, ...message(5, ...message(6, ...message(5, ...external))))),
    true,
  ],
  [
    "a function",
    [...message(7), ...message(25, ...message(7, ...message(5, ...message(5, ...external))))],
    true,
  ],
  ["the training part", message(20, ...message(1, ...message(5, ...external))), true],
  ["a second graph, which protobuf merges", [...message(7), ...message(7, ...message(5, ...external))], true],
];

describe("hasExternalData", () => {
  for (const [name, bytes, expected] of cases)
    it(`${expected ? "finds" : "passes"} ${name}`, () =>
      assert.equal(hasExternalData(Uint8Array.from(bytes)), expected));

  for (const [name, bytes] of [
    ["an empty file", []],
    ["text", [...Buffer.from("not a network")]],
    ["a cut length", [7 * 8 + 2, 200]],
    ["a length beyond the end", [7 * 8 + 2, 9, 0]],
    ["no graph", varint(1, 9)],
    // The runtime keeps 32 bits of a key: this one says 7, as the graph does, and 2 to the power of 35 more.
    ["a key of more than 32 bits", [0xba, 0x80, 0x80, 0x80, 0x80, 0x01, 0]],
    ["a key in more bytes than it may have", [0xba, 0x80, 0x80, 0x80, 0x80, 0x00, 0]],
  ] as [string, number[]][])
    it(`refuses ${name}`, () => assert.throws(() => hasExternalData(Uint8Array.from(bytes)), RangeError));

  it("does not overflow the stack on graphs nested without end", () => {
    // Graph in attribute in node, from the inside out; four bytes a level.
    const deep = new Uint8Array(100_000);
    let end = deep.length;
    const put = (key: number) => {
      const length = deep.length - end;
      const head = [key, (length & 127) | 128, ((length >> 7) & 127) | 128, length >> 14];
      end -= head.length;
      deep.set(head, end);
    };
    while (end > 20) for (const field of [6, 5, 1]) put(field * 8 + 2);
    put(7 * 8 + 2);
    assert.throws(() => hasExternalData(deep.subarray(end)), RangeError);
  });
});
