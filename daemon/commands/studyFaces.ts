import { Command } from "commander";
import type * as z from "zod";
import { AppError } from "../../shared/errors.ts";
import {
  cancelFaceSearch,
  decideFaces,
  getStudyFaces,
  searchFaces,
  type FaceDecision,
  type StudyFace,
} from "../../shared/protocol/studyFaces.ts";
import { faceProposalsNote, likenessText, studyFaceOwner } from "../../shared/study/faceText.ts";
import { counted } from "../../shared/text/counted.ts";
import type { Calls } from "./daemonCalls.ts";
import { inStudy, type Leaf, type StudyOptions } from "./inStudy.ts";
import { printJson, printTable } from "./output.ts";

type Found = z.output<typeof getStudyFaces.response>;

interface DecideOptions extends StudyOptions {
  by: string;
  participant?: string;
  name?: string;
  ignore?: true;
}

/** How often a search is asked how far it is. */
const askMs = 300;

/** `edin study faces`: which faces across the clips of a study are likely one person's. */
export function facesCommand(leaf: Leaf): Command {
  const decision = (usage: string, text: string) =>
    leaf(`${usage} <study> <face> <other>`, text).requiredOption("--by <who>", "who decides");
  return new Command("faces")
    .description("Faces across the clips of a study that are likely one person's: proposed, never decided.")
    .addCommand(
      leaf("find <study>", "Compare the faces of the clips of participants who agreed. Ctrl-C stops it.")
        .option("--json", "print JSON")
        .action((study: string, options: StudyOptions) =>
          inStudy(options, study, async (calls, id) => {
            await search(calls, id);
            print(await calls.call(getStudyFaces, { study: id }), options);
          }),
        ),
    )
    .addCommand(
      leaf("list <study>", "Show what was found last, and what was decided.")
        .option("--json", "print JSON")
        .action((study: string, options: StudyOptions) =>
          inStudy(options, study, async (calls, id) =>
            print(await calls.call(getStudyFaces, { study: id }), options),
          ),
        ),
    )
    .addCommand(
      decision("same", "Say that two faces are one person, and who; written as corrections of the clips.")
        .option("--participant <pseudonym>", "a participant of the study")
        .option("--name <name>", "what the person is called")
        .option("--ignore", "nobody who matters, such as an interviewer")
        .action(decide("same")),
    )
    .addCommand(decision("different", "Say that two faces are two people.").action(decide("different")))
    .addCommand(
      decision("open", "Take a decision back, with the corrections that it wrote.").action(decide("open")),
    );
}

async function search(calls: Calls, study: string): Promise<void> {
  const stop = () => void calls.call(cancelFaceSearch, { study }).catch(() => undefined);
  process.once("SIGINT", stop).once("SIGTERM", stop);
  try {
    await calls.call(searchFaces, { study });
    for (let shown = ""; ;) {
      const { search: now } = await calls.call(getStudyFaces, { study });
      if (now?.state === "failed" && now.failure !== undefined)
        throw new AppError(now.failure.code, now.failure.message);
      if (now?.state === "cancelled")
        throw new AppError("cancelled", "The search was stopped. What an earlier one found stays.");
      if (now?.state !== "running") return;
      if (now.text !== shown) process.stderr.write(`${now.text}\n`);
      shown = now.text;
      await new Promise((resolve) => setTimeout(resolve, askMs));
    }
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
  }
}

function print(found: Found, { json }: StudyOptions): void {
  if (json) {
    printJson(found);
    return;
  }
  const out = (line: string) => process.stdout.write(`${line}\n`);
  if (found.found === undefined) {
    out("No faces were compared yet. See: edin study faces find");
    return;
  }
  const { faces, model, notes } = found.found;
  out(`${counted(faces, "face")} compared by ${model}. ${faceProposalsNote}`);
  for (const note of notes) out(`  ${note}`);
  const nameOf = names(found);
  const rows = found.proposals.map((one) => [
    ...[likenessText(one), nameOf(one.a), studyFaceOwner(one.a)],
    ...[nameOf(one.b), studyFaceOwner(one.b)],
  ]);
  if (rows.length === 0) out("No further faces are likely one person's.");
  else printTable(["LIKENESS", "FACE", "WHOSE", "OTHER", "WHOSE"], rows);
  if (found.proposed > rows.length)
    out(`${found.proposed - rows.length} more are shown once these are decided.`);
  if (found.decided.length > 0)
    printTable(
      ["DECIDED", "FACE", "OTHER", "BY"],
      found.decided.map((one) => [one.verdict, nameOf(one.a), nameOf(one.b), one.by]),
    );
}

/** What a face is called on the command line: its clip and number, or its analysis where several clips have the name. */
function names({ proposals, decided }: Found): (face: StudyFace) => string {
  const clips = new Map<string, Set<string>>();
  for (const { a, b } of [...proposals, ...decided])
    for (const { mediaName, analysis } of [a, b])
      clips.set(mediaName, (clips.get(mediaName) ?? new Set()).add(analysis));
  return ({ mediaName, analysis, track }) =>
    `${clips.get(mediaName)!.size > 1 ? analysis : mediaName}:${track}`;
}

function decide(verdict: FaceDecision["verdict"]) {
  return async (study: string, face: string, other: string, options: DecideOptions): Promise<void> => {
    const { by, participant, name, ignore } = options;
    const given = [participant, name, ignore].filter((one) => one !== undefined).length;
    if (verdict === "same" && given !== 1)
      throw new AppError("invalid_request", "Say who it is by one of --participant, --name or --ignore.");
    await inStudy(options, study, async (calls, id) => {
      const found = await calls.call(getStudyFaces, { study: id });
      const nameOf = names(found);
      const pair = [...found.proposals, ...found.decided].find(({ a, b }) =>
        [`${nameOf(a)} ${nameOf(b)}`, `${nameOf(b)} ${nameOf(a)}`].includes(`${face} ${other}`),
      );
      if (pair === undefined)
        throw new AppError(
          "not_found",
          "There is no such pair. Write the faces as `edin study faces list` does.",
        );
      const side = ({ analysis, track }: StudyFace) => ({ analysis, track });
      await calls.call(decideFaces, {
        ...{ study: id, a: side(pair.a), b: side(pair.b), verdict, by },
        ...(participant !== undefined && { as: { kind: "participant" as const, participant } }),
        ...(name !== undefined && { as: { kind: "name" as const, name } }),
        ...(ignore !== undefined && { as: { kind: "ignore" as const } }),
      });
    });
  };
}
