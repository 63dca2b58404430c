import path from "node:path";
import { isAppError } from "../../../shared/errors.ts";
import type {
  BackendPlace,
  FoundBackend,
  LearnContext,
  Learned,
  Lesson,
  TrainingBackend,
} from "../backend.ts";
import type { Layer } from "../layers.ts";
import type { LearnRequest } from "../learn.ts";
import { storedCheck } from "../publish.ts";
import { learnInProcess } from "../trainingProcess.ts";

/** TensorFlow.js: comes with EDIN. */
export const tfjs: TrainingBackend = {
  name: "tfjs",
  find: (place) => Promise.resolve(found(place)),
};

function found({ packages, device }: BackendPlace): FoundBackend {
  return {
    name: "tfjs",
    learn(lesson, context) {
      const { training, ground, labels, inputs, shape, truth, parts, check, seed } = lesson;
      const request: LearnRequest = {
        ...{ layers: layersOf(lesson), shape, inputs, truth, parts, seed, packages, device },
        ...{ classes: labels.length, check: check.seen, settings: training.train },
        ...(training.augment && ground.kind === "pictures" && { augment: training.augment }),
        classWeights: classWeightsOf(lesson),
        state: path.join(context.kept, "state.bin"),
      };
      return learnWithRoom(request, context);
    },
    write(lesson, { layers }, temperature) {
      const { ground, labels, check } = lesson;
      const answer = { classes: labels.length, temperature };
      return {
        onnx: ground.write(layersOf(lesson), layers!.weights, answer),
        check: storedCheck(ground.entry, check.input, layers!.check, answer),
      };
    },
  };
}

/** With half the batch, as often as it takes, where the memory does not suffice. */
async function learnWithRoom(request: LearnRequest, context: LearnContext): Promise<Learned> {
  const { batch } = request.settings;
  try {
    return await learnInProcess(request, context);
  } catch (error) {
    if (!isAppError(error, "out_of_memory") || batch < 8) throw error;
    const half = Math.floor(batch / 2);
    context.onNote(`There was not enough memory for batches of ${batch}: it went on with ${half}.`);
    return learnWithRoom({ ...request, settings: { ...request.settings, batch: half } }, context);
  }
}

function layersOf(lesson: Lesson): Layer[] {
  const { ground, labels, training } = lesson;
  return ground.layers(scaleOf(lesson), labels.length, training.network);
}

/** Mean and deviation of each feature or channel over the part that is learned from. */
function scaleOf({ inputs, shape, parts }: Lesson): Layer & { kind: "scale" } {
  const channels = shape.at(-1)!;
  const size = shape.reduce((a, b) => a * b, 1);
  const mean = new Float64Array(channels);
  const square = new Float64Array(channels);
  const n = (parts.train.length * size) / channels;
  for (const i of parts.train)
    for (let k = 0; k < size; k++) {
      const value = inputs[i * size + k]!;
      mean[k % channels]! += value / n;
      square[k % channels]! += value ** 2 / n;
    }
  const deviation = Array.from(mean, (m, k) => Math.sqrt(Math.max(square[k]! - m * m, 0)));
  // A feature that never varies tells nothing; divided by next to nothing it would shout on other pictures.
  return { kind: "scale", mean: [...mean], deviation: deviation.map((d) => (d < 1e-4 ? 1 : d)) };
}

function classWeightsOf({ truth, parts, labels, training }: Lesson): number[] {
  const counts = new Array<number>(labels.length).fill(0);
  for (const i of parts.train) counts[truth[i]!]!++;
  return counts.map((n) =>
    training.data.balance ? parts.train.length / (labels.length * Math.max(n, 1)) : 1,
  );
}
