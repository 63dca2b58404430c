import { blendShapes } from "../../shared/avatar/blendShapes.ts";
import {
  expressionLabels,
  eyeStateLabels,
  fusedLabels,
  microLabels,
  speechLabels,
} from "../../shared/emotion/labels.ts";
import type { ModelEntry, Task } from "../../shared/protocol/models.ts";
import type { StoredCheck } from "../inference/check.ts";
import { flowSide } from "../magnification/microFlow.ts";

/** A size of a tensor: fixed, any, or one for each label of the entry. */
type Size = number | "any" | "labels";

interface Contract {
  /** Shapes by name; `image` stands for the first input, whatever its name. */
  readonly inputs: Readonly<Record<string, readonly Size[]>>;
  /** What it may take instead of `inputs`. */
  readonly orInputs?: Contract["inputs"];
  /** Shapes by name; `first` stands for the first output, whatever its name. */
  readonly outputs: Readonly<Record<string, readonly Size[]>>;
  /** Labels that EDIN knows for the task. */
  readonly labels?: readonly string[];
  /** The network must have all of them. */
  readonly allLabels?: true;
}

const image = { image: ["any", 3, "any", "any"] } as const;
const anyMap = ["any", "any", "any", "any"] as const;
const probabilities = { first: ["any", "labels"] } as const;

/** What EDIN gives to a network of a task, and what it reads from it; models/README.md. */
const contracts: Readonly<Record<Task, Contract>> = {
  face: { inputs: image, outputs: { boxes: ["any", "any", 4], scores: ["any", "any"] } },
  landmarks: { inputs: image, outputs: { first: ["any", 136] } },
  "eye-state": { inputs: image, outputs: probabilities, labels: eyeStateLabels, allLabels: true },
  gaze: { inputs: image, outputs: { first: ["any", 2] } },
  expression: { inputs: image, outputs: probabilities, labels: expressionLabels },
  voice: {
    inputs: { input: ["any", "any"], h: ["any", "any", "any"], c: ["any", "any", "any"] },
    outputs: { speech_probs: ["any"], hn: ["any", "any", "any"], cn: ["any", "any", "any"] },
  },
  // Features that EDIN computes, or the sound as it is.
  speech: {
    inputs: { image: ["any", "any", "any"] },
    orInputs: { image: ["any", "any"] },
    outputs: probabilities,
    labels: speechLabels,
  },
  speaker: { inputs: { image: ["any", "any"] }, outputs: { first: ["any", "any"] } },
  eec: {
    inputs: { expression: ["any", expressionLabels.length], eyes: ["any", 2], gaze: ["any", 4] },
    outputs: probabilities,
    labels: expressionLabels,
  },
  man: {
    inputs: {
      face: ["any", expressionLabels.length],
      speech: ["any", speechLabels.length],
      present: ["any", 2],
    },
    outputs: { probabilities: ["any", "labels"], carried: ["any", 2] },
    labels: fusedLabels,
    allLabels: true,
  },
  "blend-shapes": {
    inputs: { ...image, points: ["any", 136] },
    outputs: { first: ["any", "any"] },
    labels: blendShapes,
  },
  "avatar-emotion": { inputs: image, outputs: probabilities, labels: expressionLabels },
  "animation-source": {
    inputs: image,
    outputs: { features: anyMap, keypoints: ["any", "any", 2], jacobians: ["any", "any", 2, 2] },
  },
  animation: {
    inputs: {
      picture: ["any", 3, "any", "any"],
      features: anyMap,
      keypoints: ["any", "any", 2],
      jacobians: ["any", "any", 2, 2],
      code: ["any", blendShapes.length + 5],
    },
    outputs: { first: ["any", 3, "any", "any"] },
  },
  "micro-expression": {
    inputs: { image: ["any", 3, flowSide, flowSide] },
    outputs: probabilities,
    labels: microLabels,
    allLabels: true,
  },
  "face-likeness": { inputs: image, outputs: { first: ["any", "any"] } },
};

/** Why an entry does not fit its task, as sentences; none when it does. */
export function contractFaults(entry: ModelEntry): string[] {
  const { inputs, orInputs, outputs, labels, allLabels } = contracts[entry.task];
  const fits =
    orInputs !== undefined && shapeFaults("input", orInputs, entry.inputs, entry.labels).length === 0;
  const faults = [
    ...(fits ? [] : shapeFaults("input", inputs, entry.inputs, entry.labels)),
    ...shapeFaults("output", outputs, entry.outputs, entry.labels),
  ];
  if (labels === undefined) return faults;
  const unknown = entry.labels.filter((label) => !labels.includes(label));
  const missing = labels.filter((label) => !entry.labels.includes(label));
  const known = `EDIN knows ${labels.join(", ")} for ${entry.task}.`;
  if (unknown.length > 0) faults.push(`The labels ${unknown.join(", ")} are not known. ${known}`);
  if (new Set(entry.labels).size !== entry.labels.length) faults.push("A label stands twice.");
  if (entry.labels.length === 0) faults.push(`There are no labels. ${known}`);
  else if (allLabels && missing.length > 0) faults.push(`The labels ${missing.join(", ")} are missing.`);
  return faults;
}

function shapeFaults(
  kind: "input" | "output",
  wanted: Contract["inputs"],
  declared: ModelEntry["inputs"],
  labels: readonly string[],
): string[] {
  return Object.entries(wanted).flatMap(([name, sizes]) => {
    const first = name === "image" || name === "first";
    const tensor = first ? declared[0] : declared.find((one) => one.name === name);
    if (tensor === undefined) return [`There is no ${kind} "${name}".`];
    const fits =
      tensor.shape.length === sizes.length &&
      sizes.every((size, axis) => {
        const found = tensor.shape[axis];
        return size === "any" || found === (size === "labels" ? labels.length : size);
      });
    const shape = sizes.map((size) => (size === "labels" ? labels.length : size)).join(", ");
    return fits
      ? []
      : [`The ${kind} "${tensor.name}" is [${tensor.shape.join(", ")}]; the task wants [${shape}].`];
  });
}

/**
 * What the stored input and output tell: pictures go in as they are, and probabilities come out. Both mistakes would go
 * unnoticed otherwise and make wrong results.
 */
export function checkFaults(entry: ModelEntry, check: StoredCheck, read: Reader): string[] {
  const { inputs, outputs } = contracts[entry.task];
  const faults: string[] = [];
  if (inputs === image) {
    const values = read(check.inputs[entry.inputs[0]!.name]);
    const [min, max] = [Math.min(...bounds(values)), Math.max(...bounds(values))];
    if (min < 0 || max > 255 || max <= 2)
      faults.push(
        `The stored picture has values from ${min} to ${max}; EDIN gives pictures as 0 to 255. Put scaling and normalisation into the network.`,
      );
  }
  const name = "first" in outputs ? entry.outputs[0]!.name : "probabilities";
  if (Object.values(outputs).some((sizes) => sizes.includes("labels"))) {
    const values = read(check.outputs[name]);
    const size = entry.labels.length;
    for (let i = 0; i + size <= values.length; i += size) {
      const row = values.subarray(i, i + size);
      const sum = row.reduce((a, b) => a + b, 0);
      if (row.every((value) => value >= 0) && Math.abs(sum - 1) < 0.01) continue;
      faults.push(
        `The output "${name}" is no probabilities (they sum to ${sum.toFixed(3)}). Put the softmax into the network.`,
      );
      break;
    }
  }
  return faults;
}

/** The numbers of a stored tensor; none for one that is not there. */
type Reader = (stored: StoredCheck["inputs"][string] | undefined) => Float32Array;

/** Least and greatest value; a spread of all of them would overflow the stack. */
function bounds(values: Float32Array): [number, number] {
  let [min, max] = [Infinity, -Infinity];
  for (const value of values) {
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  return [min, max];
}
