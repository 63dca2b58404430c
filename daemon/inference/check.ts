import * as z from "zod";
import type { Tensor } from "./session.ts";

/** An array as check.json stores it, little-endian; uint8 is widened to float32. */
const storedTensorSchema = z.object({
  shape: z.array(z.int().positive()),
  type: z.enum(["uint8", "float32"]),
  base64: z.string(),
});
export type StoredTensor = z.infer<typeof storedTensorSchema>;

/** One stored input of a network and the output that PyTorch gave for it. */
export const storedCheckSchema = z.object({
  inputs: z.record(z.string(), storedTensorSchema),
  outputs: z.record(z.string(), storedTensorSchema),
  /** Greatest absolute difference that counts as equal. */
  tolerance: z.number().positive(),
});
export type StoredCheck = z.infer<typeof storedCheckSchema>;

/** The tensor that a check of a network stores; bytes are widened to float32. */
export function tensorOf(stored: StoredTensor): Tensor {
  const bytes = Buffer.from(stored.base64, "base64");
  // A copy, since a pooled Buffer need not start at a multiple of four.
  const data =
    stored.type === "uint8" ? Float32Array.from(bytes) : new Float32Array(Uint8Array.from(bytes).buffer);
  return { data, shape: stored.shape };
}
