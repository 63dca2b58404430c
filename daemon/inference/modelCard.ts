import path from "node:path";
import { isAppError } from "../../shared/errors.ts";
import { isPictureName, mediaType } from "../../shared/mediaTypes.ts";
import type { ModelEntry } from "../../shared/protocol/models.ts";
import { readInside } from "./modelFile.ts";

/** A card and the pictures that it shows, each as a `data:` address by the name that the card gives it. */
export interface ModelCard {
  readonly card: string;
  readonly pictures: Readonly<Record<string, string>>;
}

const maxPictures = 20;

/** @throws AppError of {@link readInside} for the card; a picture that is not there is left out */
export async function readModelCard(
  modelsDir: string,
  { card: file }: Pick<ModelEntry, "card">,
): Promise<ModelCard> {
  const card = new TextDecoder().decode(await readInside(modelsDir, file));
  const names = new Set([...card.matchAll(/!\[[^\]]*\]\(([^)\s]+)\)/g)].map(([, name]) => name!));
  const pictures: Record<string, string> = {};
  for (const name of [...names].filter(isPictureName).slice(0, maxPictures)) {
    try {
      const bytes = await readInside(modelsDir, path.join(path.dirname(file), name));
      pictures[name] = `data:${mediaType(name)};base64,${Buffer.from(bytes).toString("base64")}`;
    } catch (error) {
      if (!isAppError(error)) throw error;
    }
  }
  return { card, pictures };
}
