import { Command } from "commander";
import { readUserFile } from "../text/readTextFile.ts";
import { toAbsolute } from "./absolute.ts";
import { counted } from "../../shared/text/counted.ts";

/** `edin labels convert IN OUT`. */
export function labelsConvertCommand(): Command {
  return new Command("convert")
    .description(
      "Turn labels into another format, by the endings of the names. What it cannot hold is listed.",
    )
    .argument("<in>", ".labels.json .eaf .TextGrid .csv .tsv .vtt or .srt", toAbsolute)
    .argument("<out>", "the same", toAbsolute)
    .option("--annotator <id>", "whose labels they are, where the file does not say")
    .option("--encoding <name>", "encoding of <in>, such as windows-1252, where it is not UTF-8 or UTF-16")
    .action(run);
}

interface ConvertFlags {
  readonly annotator?: string;
  readonly encoding?: string;
}

async function run(from: string, to: string, { annotator, encoding }: ConvertFlags): Promise<void> {
  const [{ readAny, writeAny }, { schemeFor }, { writeFileAtomic }] = await Promise.all([
    import("../labels/convert.ts"),
    import("../labels/labelFiles.ts"),
    import("../store/files.ts"),
  ]);
  const bytes = await readUserFile(from);
  const read = readAny(from, bytes, encoding);
  const document =
    annotator === undefined
      ? read.document
      : { ...read.document, head: { ...read.document.head, annotator } };
  const found = await schemeFor(from, document.head.scheme);
  const written = writeAny(to, { document }, "scheme" in found ? found.scheme : undefined);
  await writeFileAtomic(to, written.text, { mode: 0o644 });
  process.stdout.write(`${to}: ${counted(document.annotations.length, "annotation")}\n`);
  const lost = [...read.lost, ...written.lost.map((what) => `Not in the new file: ${what}.`)];
  for (const one of lost) process.stderr.write(`${one}\n`);
}
