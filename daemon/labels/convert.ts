import path from "node:path";
import { AppError } from "../../shared/errors.ts";
import { formatLabels, parseLabels } from "../../shared/labels/document.ts";
import type { Scheme } from "../../shared/protocol/scheme.ts";
import { decodeText } from "../text/decodeText.ts";
import { readEaf } from "./formats/eafReader.ts";
import { writeEaf } from "./formats/eafWriter.ts";
import { toLabels, type Converted, type Foreign, type Written } from "./formats/foreign.ts";
import { readSubtitles, writeSubtitles } from "./formats/subtitles.ts";
import { readLabelsTable, writeTable } from "./formats/table.ts";
import { readTextGrid, writeTextGrid } from "./formats/textGrid.ts";

export const endings = [".labels.json", ".eaf", ".TextGrid", ".csv", ".tsv", ".vtt", ".srt"] as const;
export type LabelsFileEnding = (typeof endings)[number];

/** @throws AppError `unsupported_media_type` */
export function endingOf(file: string): LabelsFileEnding {
  const found = endings.find((ending) => file.toLowerCase().endsWith(ending.toLowerCase()));
  if (found === undefined)
    throw new AppError(
      "unsupported_media_type",
      `${path.basename(file)} has none of the endings ${endings.join(" ")}.`,
    );
  return found;
}

/**
 * Reads labels of any format that is known by the ending of `name`.
 * @param encoding where the user names it
 * @throws AppError
 */
export function readAny(name: string, bytes: Uint8Array, encoding?: string): Converted {
  const { text, encoding: found, guessed } = decodeText(bytes, encoding);
  const ending = endingOf(name);
  if (ending === ".labels.json") return { document: parseLabels(text), lost: [] };
  const stem = path.basename(name).slice(0, -ending.length);
  const foreign = foreignOf(ending, text);
  const taken = guessed ? [`Read as ${found}, in which alone the text reads well: look at its letters.`] : [];
  return toLabels(
    { ...foreign, lost: [...taken, ...foreign.lost] },
    { clip: `${stem}.mp4`, annotator: "imported", title: stem },
  );
}

function foreignOf(ending: Exclude<LabelsFileEnding, ".labels.json">, text: string): Foreign {
  switch (ending) {
    case ".eaf":
      return readEaf(text);
    case ".TextGrid":
      return readTextGrid(text);
    case ".csv":
    case ".tsv":
      return readLabelsTable(text);
    case ".vtt":
      return readSubtitles(text, "vtt");
    case ".srt":
      return readSubtitles(text, "srt");
  }
}

/** Writes labels in the format of the ending of `name`. */
export function writeAny(
  name: string,
  { document }: Pick<Converted, "document">,
  scheme: Scheme | undefined,
): Written {
  switch (endingOf(name)) {
    case ".labels.json":
      return { text: formatLabels(document), lost: [] };
    case ".eaf":
      return writeEaf(document, scheme);
    case ".TextGrid":
      return writeTextGrid(document, scheme);
    case ".csv":
      return writeTable(document, scheme, ",");
    case ".tsv":
      return writeTable(document, scheme, "\t");
    case ".vtt":
      return writeSubtitles(document, scheme, "vtt");
    case ".srt":
      return writeSubtitles(document, scheme, "srt");
  }
}
