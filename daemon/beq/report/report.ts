import type { Validation } from "../../../shared/beq/validation/validate.ts";
import { heading, type Block, type ReportFigure } from "./document.ts";
import { toHtml } from "./html.ts";
import type { ReportManifest } from "./manifest.ts";
import { toMarkdown } from "./markdown.ts";
import { categorySection, momentarySection, scaleSection } from "./sections/agreement.ts";
import { manifestSection, methodSection, participantSection } from "./sections/background.ts";
import { multitraitSection, relationSection } from "./sections/relations.ts";
import { questionnaireSection, sampleSection, verdictSection } from "./sections/sample.ts";

export interface Report {
  /** What the other forms are made of. */
  readonly blocks: readonly Block[];
  readonly markdown: string;
  readonly html: string;
  /** Everything as data, without single answers and segments. */
  readonly json: string;
  readonly charts: readonly ReportFigure[];
}

/** Writes one validation up in every form. */
export function writeUp(validation: Validation, manifest: ReportManifest): Report {
  const title = `Validation against the BEQ: ${manifest.study.name}`;
  const blocks: Block[] = [
    heading(1, title),
    ...verdictSection(validation),
    ...sampleSection(validation),
    ...relationSection(validation, manifest),
    ...multitraitSection(validation),
    ...scaleSection(validation),
    ...categorySection(validation, manifest),
    ...momentarySection(validation),
    ...questionnaireSection(validation),
    ...methodSection(manifest),
    ...participantSection(validation),
    ...manifestSection(manifest),
  ];
  const people = validation.people.map((person) => ({ ...person, answers: undefined, segments: undefined }));
  return {
    blocks,
    markdown: toMarkdown(blocks),
    html: toHtml(title, blocks),
    json: `${JSON.stringify({ schemaVersion: 1, manifest, validation: { ...validation, people } }, null, 2)}\n`,
    charts: blocks.flatMap((block) => (block.kind === "figures" ? block.figures : [])),
  };
}
