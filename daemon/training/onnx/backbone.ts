import { AppError } from "../../../shared/errors.ts";
import { fields } from "../../inference/onnxFile.ts";
import { declared, field, joined } from "./encode.ts";

interface Node {
  readonly raw: Uint8Array;
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** The lower part of a network, up to what its last layer looks at. */
export interface Backbone {
  /** Name of the tensor [n, d] at its upper end. */
  readonly features: string;
  /** What no name in it begins with: a network of ours may be trained upon again. */
  readonly freePrefix: string;
  /** The part as a network of its own, whose one output is the features. */
  readonly file: Uint8Array;
  /** The whole network with these nodes and numbers in the place of its last layer. */
  readonly withHead: (head: readonly Uint8Array[], outputs: readonly Uint8Array[]) => Uint8Array;
}

/** Operators that stand between the last layer and the answer: scaling, softmax, the choice of columns. */
const between: ReadonlySet<string> = new Set(
  "Softmax LogSoftmax Mul Div Add Sub Slice Cast Identity Squeeze".split(" "),
);
const layers: ReadonlySet<string> = new Set(["Gemm", "MatMul", "MatMulInteger"]);

/**
 * Cuts a network under its last layer: at its tensor `features` where it has one, else at what its last matrix product
 * looks at, going back from the first output.
 *
 * @throws AppError `model_refused` where that cannot be told.
 */
export function cutBackbone(bytes: Uint8Array, id: string): Backbone {
  const model = split(bytes, 7);
  const graph = split(model.taken[0] ?? new Uint8Array(), 1);
  const nodes = graph.taken.map(parseNode);
  const producer = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const features = producer.has("features") ? "features" : lastInput(graph.rest, producer);
  if (features === undefined)
    throw new AppError(
      "model_refused",
      `${id} has no output "features", and its last layer cannot be told. Train on another network.`,
    );
  const { kept, names } = below(nodes, producer, features);
  const rest = graph.rest.filter(({ number, raw }) => {
    // Outputs and shapes in the middle go; numbers that nobody reads any more go too.
    if (number === 12 || number === 13) return false;
    return number !== 5 || names.has(nameOf(raw, 8));
  });
  const build = (more: readonly Uint8Array[], outputs: readonly Uint8Array[]) =>
    joined([
      ...model.rest.map(({ raw }) => raw),
      field(7, [...kept.map(({ raw }) => raw), ...rest.map(({ raw }) => raw), ...more, ...outputs]),
    ]);
  const used = [...names, ...kept.flatMap(({ outputs }) => outputs)];
  let prefix = "edin/";
  for (let n = 2; used.some((name) => name.startsWith(prefix)); n++) prefix = `edin${n}/`;
  return {
    features,
    freePrefix: prefix,
    file: build([], [declared(12, features, ["n", "d"])]),
    withHead: build,
  };
}

interface RawField {
  readonly number: number;
  /** With its key. */
  readonly raw: Uint8Array;
}

/** The fields of a message: contents (for nodes: with the key) of one number, and the others as they are. */
function split(bytes: Uint8Array, number: number): { taken: Uint8Array[]; rest: RawField[] } {
  const taken: Uint8Array[] = [];
  const rest: RawField[] = [];
  for (const { field: found, key, from, to } of fields(bytes)) {
    if (found === number) taken.push(number === 1 ? bytes.subarray(key, to) : bytes.subarray(from, to));
    else rest.push({ number: found, raw: bytes.subarray(key, to) });
  }
  return { taken, rest };
}

const decoder = new TextDecoder();

function parseNode(raw: Uint8Array): Node {
  const found: { operator: string; inputs: string[]; outputs: string[] } = {
    ...{ operator: "", inputs: [], outputs: [] },
  };
  for (const { from, to } of fields(raw))
    for (const { field: number, from: start, to: end } of fields(raw, from, to)) {
      const value = () => decoder.decode(raw.subarray(start, end));
      if (number === 1) found.inputs.push(value());
      else if (number === 2) found.outputs.push(value());
      else if (number === 4) found.operator = value();
    }
  return { raw, ...found };
}

/** The text of one field of the message inside a field. */
function nameOf(raw: Uint8Array, number: number): string {
  for (const { from, to } of fields(raw))
    for (const { field: found, from: start, to: end } of fields(raw, from, to))
      if (found === number) return decoder.decode(raw.subarray(start, end));
  return "";
}

function lastInput(rest: readonly RawField[], producer: ReadonlyMap<string, Node>): string | undefined {
  const output = rest.find(({ number }) => number === 12);
  let name = output && nameOf(output.raw, 1);
  for (let steps = 0; name !== undefined && steps < 100; steps++) {
    const node = producer.get(name);
    if (node === undefined) return undefined;
    const [first] = node.inputs;
    if (layers.has(node.operator) && first !== undefined) {
      const quantised = producer.get(first);
      return quantised?.operator === "DynamicQuantizeLinear" ? quantised.inputs[0] : first;
    }
    if (!between.has(node.operator)) return undefined;
    // Of a scaling the other input is a number of the graph.
    name = node.inputs.find((input) => {
      const made = producer.get(input);
      return made !== undefined && made.operator !== "Constant";
    });
  }
  return undefined;
}

/** The nodes that a tensor is computed by, in their order, and all names that they read. */
function below(nodes: readonly Node[], producer: ReadonlyMap<string, Node>, features: string) {
  const names = new Set<string>();
  const wanted = new Set<Node>();
  const open = [features];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (names.has(name)) continue;
    names.add(name);
    const node = producer.get(name);
    if (node === undefined || wanted.has(node)) continue;
    wanted.add(node);
    open.push(...node.inputs);
  }
  return { kept: nodes.filter((node) => wanted.has(node)), names };
}
