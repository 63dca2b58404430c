import { readFile } from "node:fs/promises";
import { Option, type Command } from "commander";
import { AppError } from "../../shared/errors.ts";
import { importEvents, linkClips } from "../../shared/protocol/studyClips.ts";
import { analysisRoleSchema, type StudySession } from "../../shared/protocol/studyFile.ts";
import { printable } from "../../shared/text/printable.ts";
import { toAbsolute } from "./absolute.ts";
import { confirm } from "./confirm.ts";
import { inStudy, type Leaf, type StudyOptions } from "./inStudy.ts";
import { printTable } from "./output.ts";
import { counted } from "../../shared/text/counted.ts";

interface LinkOptions extends StudyOptions {
  pattern?: string;
  table?: string;
  role: StudySession["analyses"][number]["role"];
  baselineCondition?: string;
  addParticipants?: true;
  dryRun?: true;
}

/** `edin study link STUDY`. */
export function linkCommand(leaf: Leaf): Command {
  return leaf(
    "link <study>",
    "Link analyses to participants by their clips' names, or by a table. Shows what it would do, then asks.",
  )
    .option(
      "--pattern <pattern>",
      "of file names, as {participant}_{condition}_{stimulus}.mp4; also {session} and *",
    )
    .option("--table <file>", "CSV with file,participant[,session,condition,stimulus]", toAbsolute)
    .addOption(
      new Option("--role <role>", "what the clips show")
        .choices(analysisRoleSchema.options)
        .default("stimulus"),
    )
    .option("--baseline-condition <name>", "clips of this condition show the person at rest")
    .option("--add-participants", "add participants that the study does not have")
    .option("--dry-run", "only show what it would do")
    .option("--yes", "do not ask")
    .action((study: string, options: LinkOptions) =>
      inStudy(options, study, async (calls, id) => {
        const { pattern, table, role, baselineCondition, addParticipants = false } = options;
        if ((pattern === undefined) === (table === undefined))
          throw new AppError("invalid_request", "Give either --pattern or --table.");
        const request = {
          ...{ study: id, role, addParticipants, pattern, baselineCondition },
          ...(table !== undefined && { table: await bytesOf(table) }),
        };
        const { rows } = await calls.call(linkClips, request);
        printTable(
          ["CLIP", "PARTICIPANT", "SESSION", "CONDITION", "STIMULUS", ""],
          rows.map((row) => [
            ...[printable(row.mediaName), row.participant ?? "", printable(row.session ?? "")],
            ...[printable(row.condition ?? ""), printable(row.stimulus ?? ""), linkStates[row.state]],
          ]),
        );
        const open = rows.filter(({ state }) => state === "new" || state === "changed").length;
        if (options.dryRun || open === 0) {
          process.stdout.write(
            open === 0 ? "Nothing to link.\n" : `Would be linked: ${counted(open, "clip")}.\n`,
          );
          return;
        }
        await confirm(`Link ${counted(open, "clip")}?`, options);
        const { written } = await calls.call(linkClips, { ...request, apply: true });
        process.stdout.write(`Linked: ${counted(written, "clip")}.\n`);
      }),
    );
}

const linkStates = {
  new: "new",
  changed: "changed",
  same: "linked already",
  other_session: "left: in another session",
  no_participant: "left: no such participant (--add-participants)",
  no_consent: "left: no consent is recorded yet",
  unmatched: "left: the name does not fit",
  no_analysis: "left: no analysis of it is done",
} as const;

/** `edin study events STUDY FILE`. */
export function eventsCommand(leaf: Leaf): Command {
  return leaf(
    "events <study> <file>",
    "Add events of clips from a CSV (file,start_s,end_s,name) or a labels file. Shows what it would do, then asks.",
  )
    .option("--clip <name>", "the clip, where the file does not name it")
    .option("--dry-run", "only show what it would do")
    .option("--yes", "do not ask")
    .action((study: string, file: string, options: StudyOptions & { clip?: string; dryRun?: true }) =>
      inStudy(options, study, async (calls, id) => {
        const request = { study: id, data: await bytesOf(file), clip: options.clip };
        const { rows } = await calls.call(importEvents, request);
        printTable(
          ["CLIP", "PARTICIPANT", "FROM", "TO", "EVENT", ""],
          rows.map((row) => [
            ...[printable(row.file), row.participant ?? "", seconds(row.startMs), seconds(row.endMs)],
            ...[printable(row.name), eventStates[row.state]],
          ]),
        );
        const open = rows.filter(({ state }) => state === "new").length;
        if (options.dryRun || open === 0) {
          process.stdout.write(
            open === 0 ? "Nothing to add.\n" : `Would be added: ${counted(open, "event")}.\n`,
          );
          return;
        }
        await confirm(`Add ${counted(open, "event")}?`, options);
        const { written } = await calls.call(importEvents, { ...request, apply: true });
        process.stdout.write(`Added: ${counted(written, "event")}.\n`);
      }),
    );
}

const eventStates = {
  new: "new",
  same: "there already",
  no_clip: "left: the study has no such clip",
  several_clips: "left: several clips have this name",
} as const;

const seconds = (ms: number): string => (ms / 1000).toFixed(2);

async function bytesOf(file: string): Promise<string> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new AppError("invalid_path", `${file} cannot be read. Check its name.`, { cause });
  });
  if (bytes.length > 650_000)
    throw new AppError("too_large", `${file} is larger than 650 kB. Cut it into parts.`);
  return bytes.toString("base64");
}
