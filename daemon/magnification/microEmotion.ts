import { microLabels, type MicroLabel } from "../../shared/emotion/labels.ts";
import { AppError } from "../../shared/errors.ts";
import type { Model } from "../inference/models.ts";
import type { Frame } from "../media/frame.ts";
import { flowSide, microFlow, type CropBox } from "./microFlow.ts";

/** A face at the onset of a short movement and at its apex, in one and the same crop. */
export interface MicroMovement {
  readonly onset: Frame;
  readonly apex: Frame;
  /** The face from brows to chin, fractions of the crop. */
  readonly box: CropBox;
}

export interface MicroEmotion {
  readonly label: MicroLabel;
  /** Calibrated probability of the label. */
  readonly confidence: number;
}

/** Names short movements by a network of the task `micro-expression`. */
export interface MicroEmotionReader {
  read(movement: MicroMovement): Promise<MicroEmotion>;
}

/** @throws AppError `model_refused` when the network knows none of the labels */
export function createMicroEmotionReader(model: Model): MicroEmotionReader {
  const { labels, inputs, outputs, id } = model.entry;
  const known = microLabels.filter((label) => labels.includes(label));
  if (known.length === 0)
    throw new AppError("model_refused", `The network ${id} knows none of ${microLabels.join(", ")}.`);
  return {
    async read({ onset, apex, box }) {
      const data = microFlow(onset, apex, box);
      const answer = await model.run({ [inputs[0]!.name]: { data, shape: [1, 3, flowSide, flowSide] } });
      const values = answer[outputs[0]!.name]!.data;
      const of = (label: MicroLabel): number => values[labels.indexOf(label)]!;
      const label = known.reduce((best, one) => (of(one) > of(best) ? one : best));
      return { label, confidence: Math.min(1, Math.max(0, of(label))) };
    },
  };
}
