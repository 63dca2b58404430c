import path from "node:path";
import { openModels, type Models } from "../../daemon/inference/models.ts";

/** Where the product's networks lie. */
export const productModels = path.join(import.meta.dirname, "../../models");

/** The product's networks on the cpu; whoever opens them closes them. */
export function openProductModels(): Promise<Models> {
  return openModels({ modelsDir: productModels, device: "cpu" });
}
