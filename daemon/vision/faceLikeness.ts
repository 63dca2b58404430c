import * as z from "zod";
import type { ModelEntry } from "../../shared/protocol/models.ts";
import type { Model } from "../inference/models.ts";
import { readPreprocessing } from "../inference/preprocessing.ts";
import { cropInto, type Picture } from "./crop.ts";
import { alignedCrop, type Landmarks } from "./faceSquare.ts";
import { ImageBatch } from "./imageBatch.ts";

const settingsSchema = z.object({
  /** Where the landmarks 17 to 67 are to lie, fractions of the crop. */
  alignTo: z.array(z.tuple([z.number(), z.number()])).length(51),
  /** From this likeness on two faces are worth being shown to somebody. */
  likenessFrom: z.number(),
  /** Likeness, and of how many pairs of different people one is at least as alike; rising. */
  oneIn: z.array(z.tuple([z.number(), z.number().positive()])).min(2),
});

/** Embeds faces so that those of one person are alike over clips; unlike `appearance.ts`, which sees clothes and light too. */
export interface FaceLikenessReader {
  readonly likenessFrom: number;
  /** The embedding of the face with these landmarks, of unit length: the product of two is their likeness. */
  read(picture: Picture, landmarks: Landmarks): Promise<Float32Array>;
}

/** Embeddings of faces by a network of the task `face-likeness`. */
export function createFaceLikenessReader(model: Model): FaceLikenessReader {
  const { alignTo, likenessFrom } = readPreprocessing(model.entry, settingsSchema);
  const batch = new ImageBatch(model);
  return {
    likenessFrom,
    async read(picture, landmarks) {
      cropInto(picture, alignedCrop(landmarks, alignTo), batch.width, batch.height, batch.buffer(1));
      return batch.output(await batch.run(1)).slice();
    },
  };
}

/**
 * By likeness: of how many pairs of different people one is at least as alike, as the network was measured; undefined where that is
 * rarer than was measured.
 */
export function rarityOf(entry: ModelEntry): (likeness: number) => number | undefined {
  const { oneIn } = readPreprocessing(entry, settingsSchema);
  return (likeness) => {
    const above = oneIn.findIndex(([limit]) => limit > likeness);
    if (above < 0) return undefined;
    if (above === 0) return 1;
    const [[low, from], [high, to]] = [oneIn[above - 1]!, oneIn[above]!];
    // The tail is nearly exponential: steps are even in its logarithm.
    return from * (to / from) ** ((likeness - low) / (high - low));
  };
}
