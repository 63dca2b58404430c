import * as z from "zod";
import type { Model } from "../inference/models.ts";
import { readPreprocessing } from "../inference/preprocessing.ts";

const settingsSchema = z.object({
  feature: z.literal("sound"),
  sampleRateHz: z.int().positive(),
  /** Length of voice that the network was made for, and step from one piece of a longer stretch to the next. */
  windowSeconds: z.number().positive(),
  hopSeconds: z.number().positive(),
  /** Of shorter voice nothing is said. */
  leastSeconds: z.number().positive(),
  /** What a second voice, a third one and so on must add to the mean likeness (cosine) of pieces to their voices. */
  voiceGains: z.array(z.number().positive()).min(1),
});

/** Says of a piece of voice whose it is: voices of one person have embeddings that lie close together. */
export interface SpeakerReader extends Readonly<z.infer<typeof settingsSchema>> {
  /** The embedding, of unit length. @param sound mono, -1..1, `leastSeconds` and more, at best `windowSeconds` */
  read(sound: Float32Array): Promise<Float32Array>;
}

/** Embeddings of voices by a network of the task `speaker`. */
export function createSpeakerReader(model: Model): SpeakerReader {
  const settings = readPreprocessing(model.entry, settingsSchema);
  const [input, output] = [model.entry.inputs[0]!.name, model.entry.outputs[0]!.name];
  return {
    ...settings,
    async read(sound) {
      const outputs = await model.run({ [input]: { data: sound.slice(), shape: [1, sound.length] } });
      return Float32Array.from(outputs[output]!.data);
    },
  };
}
