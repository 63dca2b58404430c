import { readFile } from "node:fs/promises";
import { Command, Option } from "commander";
import { AppError } from "../../shared/errors.ts";
import { createFormLink } from "../../shared/protocol/beqForm.ts";
import { analysisRoleSchema, type StudySession } from "../../shared/protocol/study.ts";
import {
  addConsentText,
  addParticipants,
  addSession,
  createStudy,
  deleteParticipant,
  deleteSession,
  deleteStudy,
  getStudy,
  importStudy,
  linkAnalysis,
  listStudies,
  purgeStudies,
  setCutoffs,
  unlinkAnalysis,
  updateParticipant,
} from "../../shared/protocol/studies.ts";
import { loadConfig } from "../config.ts";
import { toAbsolute } from "./absolute.ts";
import { confirm } from "./confirm.ts";
import { needDaemon, openStudyCalls, type Calls } from "./daemonCalls.ts";
import { printJson, printTable } from "./output.ts";
import { printStudy, tellLeftMedia } from "./studyTables.ts";
import { exportStudyTo } from "./studyExport.ts";

interface Options {
  dataDir?: string;
  json?: true;
  yes?: true;
}

/** `edin study`: studies, participants and sessions. A study is named by its id or, where only one has it, its name. */
export function studyCommand(): Command {
  const leaf: Leaf = (usage, text) => {
    const [name, ...parameters] = usage.split(" ");
    const command = new Command(name)
      .description(text)
      .option("--data-dir <dir>", "the data folder", toAbsolute);
    for (const parameter of parameters) command.argument(parameter);
    return command;
  };
  return new Command("study")
    .description("Keep studies: participants, consent, sessions, archives.")
    .addCommand(
      leaf("create <name>", "Make a study.")
        .requiredOption("--consent <file>", "the consent text, as a text file", toAbsolute)
        .option("--cutoffs <file>", "cutoffs.json of the validation", toAbsolute)
        .action(create),
    )
    .addCommand(leaf("list", "List the studies.").option("--json", "print JSON").action(list))
    .addCommand(
      leaf("show <study>", "Show a study with its participants.").option("--json", "print JSON").action(show),
    )
    .addCommand(
      leaf("delete <study>", "Delete a study with all its participants and files.")
        .option("--yes", "do not ask")
        .action(remove),
    )
    .addCommand(
      leaf("consent <study> <file>", "Add a new version of the consent text.").action(
        (study: string, file: string, options: Options) =>
          inStudy(options, study, async (calls, id) => {
            await calls.call(addConsentText, { study: id, text: await readText(file) });
          }),
      ),
    )
    .addCommand(
      leaf("cutoffs <study> <file>", "Fix the cut-offs of the validation.").action(
        (study: string, file: string, options: Options) =>
          inStudy(options, study, async (calls, id) => {
            await calls.call(setCutoffs, { study: id, text: await readText(file) });
          }),
      ),
    )
    .addCommand(
      leaf("export <study>", "Write a study with its results into one archive.")
        .requiredOption("--out <file>", "the .zip to write", toAbsolute)
        .action((study: string, options: Options & { out: string }) =>
          inStudy(options, study, (calls, id) => exportStudyTo(calls, id, options.out)),
        ),
    )
    .addCommand(
      leaf("import <file>", "Take a study over from an archive, as a whole or not at all.").action(
        (file: string, options: Options) =>
          withCalls(options, async (calls) => {
            const { study } = await calls.call(importStudy, { path: toAbsolute(file) });
            process.stdout.write(`${study.id}\n`);
          }),
      ),
    )
    .addCommand(
      leaf("purge", "Delete the participants whose retention date has passed.")
        .option("--yes", "do not ask")
        .action(purge),
    )
    .addCommand(participantCommand(leaf))
    .addCommand(sessionCommand(leaf));
}

type Leaf = (usage: string, text: string) => Command;

function participantCommand(leaf: Leaf): Command {
  return new Command("participant")
    .description("Add, change and delete participants by pseudonym.")
    .addCommand(
      leaf("add <study> <pseudonyms...>", "Add participants; all of them or none.")
        .option("--retain-until <date>", "when their data are to be deleted", toIso)
        .action((study: string, ids: string[], options: Options & { retainUntil?: string }) =>
          inStudy(options, study, async (calls, id) => {
            const { retainUntil } = options;
            await calls.call(addParticipants, { study: id, ids, ...(retainUntil && { retainUntil }) });
          }),
        ),
    )
    .addCommand(
      leaf(
        "set <study> <pseudonym>",
        "Set the retention date, a covariate, or consent that was taken on paper.",
      )
        .option("--retain-until <date>", "when the data are to be deleted; `none` for no date", toIsoOrNone)
        .option("--covariate <name=number...>", "such as age=31")
        .option("--consent <version>", "the version of the text that was agreed to")
        .option("--by <who>", "who took the consent")
        .action(setParticipant),
    )
    .addCommand(
      leaf("delete <study> <pseudonym>", "Delete a participant wholly, with all files.")
        .option("--yes", "do not ask")
        .action((study: string, participant: string, options: Options) =>
          inStudy(options, study, async (calls, id) => {
            await confirm(
              `Delete ${participant} with all answers, results and recordings for good?`,
              options,
            );
            tellLeftMedia((await calls.call(deleteParticipant, { study: id, participant })).leftMedia);
          }),
        ),
    );
}

function sessionCommand(leaf: Leaf): Command {
  const role = new Option("--role <role>", "what the analysis shows")
    .choices(analysisRoleSchema.options)
    .default("stimulus");
  return new Command("session")
    .description("Begin sessions, link analyses to them, make links of forms.")
    .addCommand(
      leaf("add <study> <pseudonym>", "Begin a session; prints its id.").action(
        (study: string, participant: string, options: Options) =>
          inStudy(options, study, async (calls, id) => {
            const { session } = await calls.call(addSession, { study: id, participant });
            process.stdout.write(`${session.id}\n`);
          }),
      ),
    )
    .addCommand(
      leaf(
        "link <session>",
        "Print a one-time link that opens the form of a session. Needs a running daemon.",
      ).action(async (session: string, options: Options) => {
        await needDaemon(loadConfig({ dataDir: options.dataDir }));
        await withCalls(options, async (calls) => {
          process.stdout.write(`${(await calls.call(createFormLink, { session })).url}\n`);
        });
      }),
    )
    .addCommand(
      leaf("analysis <session> <analysis>", "Say that an analysis belongs to a session.")
        .addOption(role)
        .option("--remove", "take it out of the session; the analysis stays")
        .action(
          (
            session: string,
            analysis: string,
            options: Options & { role: StudySession["analyses"][number]["role"]; remove?: true },
          ) =>
            withCalls(options, async (calls) => {
              if (options.remove) await calls.call(unlinkAnalysis, { session, analysis });
              else await calls.call(linkAnalysis, { session, analysis, role: options.role });
            }),
        ),
    )
    .addCommand(
      leaf("delete <session>", "Delete a session with its form, analyses and recordings.")
        .option("--yes", "do not ask")
        .action((session: string, options: Options) =>
          withCalls(options, async (calls) => {
            await confirm("Delete the session with its answers, results and recordings for good?", options);
            tellLeftMedia((await calls.call(deleteSession, { session })).leftMedia);
          }),
        ),
    );
}

async function create(name: string, options: Options & { consent: string; cutoffs?: string }): Promise<void> {
  await withCalls(options, async (calls) => {
    const { study } = await calls.call(createStudy, { name, consentText: await readText(options.consent) });
    if (options.cutoffs !== undefined)
      await calls.call(setCutoffs, { study: study.id, text: await readText(options.cutoffs) });
    process.stdout.write(`${study.id}\n`);
  });
}

async function list(options: Options): Promise<void> {
  await withCalls(options, async (calls) => {
    const { studies } = await calls.call(listStudies, {});
    if (options.json) printJson({ studies });
    else
      printTable(
        ["ID", "NAME", "PARTICIPANTS", "FORMS"],
        studies.map((one) => [one.id, one.name, String(one.participants), String(one.responses)]),
      );
  });
}

async function show(study: string, options: Options): Promise<void> {
  await inStudy(options, study, async (calls, id) => {
    const found = (await calls.call(getStudy, { study: id })).study;
    if (options.json) printJson(found);
    else printStudy(found);
  });
}

async function remove(study: string, options: Options): Promise<void> {
  await inStudy(options, study, async (calls, id, name) => {
    await confirm(`Delete the study "${name}" with all participants and files for good?`, options);
    tellLeftMedia((await calls.call(deleteStudy, { study: id })).leftMedia);
  });
}

async function purge(options: Options): Promise<void> {
  await withCalls(options, async (calls) => {
    const { expired } = await calls.call(purgeStudies, { remove: false });
    printTable(
      ["STUDY", "PARTICIPANT", "RETAIN UNTIL"],
      expired.map((one) => [one.study, one.participant, one.retainUntil]),
    );
    if (expired.length === 0) return;
    await confirm(`Delete these ${expired.length} participants with all files for good?`, options);
    tellLeftMedia((await calls.call(purgeStudies, { remove: true })).leftMedia);
  });
}

async function setParticipant(
  study: string,
  participant: string,
  options: Options & { retainUntil?: string | null; covariate?: string[]; consent?: string; by?: string },
): Promise<void> {
  await inStudy(options, study, async (calls, id) => {
    const { retainUntil, covariate, consent: version, by: givenBy } = options;
    if ((version === undefined) !== (givenBy === undefined))
      throw new AppError("invalid_request", "Give --consent with the version and --by with who took it.");
    const person = (await calls.call(getStudy, { study: id })).study.participants.find(
      (one) => one.id === participant,
    );
    await calls.call(updateParticipant, {
      study: id,
      participant,
      ...(retainUntil !== undefined && { retainUntil }),
      ...(covariate && {
        covariates: { ...person?.covariates, ...Object.fromEntries(covariate.map(toCovariate)) },
      }),
      ...(version !== undefined &&
        givenBy !== undefined && { consent: { version, givenBy, givenAt: new Date().toISOString() } }),
    });
  });
}

async function withCalls(options: Options, work: (calls: Calls) => Promise<void>): Promise<void> {
  await using calls = await openStudyCalls(loadConfig({ dataDir: options.dataDir }));
  await work(calls);
}

/** Opens the study that `asked` names, by id or name. */
export async function inStudy(
  options: { dataDir?: string },
  asked: string,
  work: (calls: Calls, id: string, name: string) => Promise<void>,
): Promise<void> {
  await withCalls(options, async (calls) => {
    const { studies } = await calls.call(listStudies, {});
    const found = studies.filter(({ id, name }) => id === asked || name === asked);
    if (found.length > 1)
      throw new AppError("conflict", `Several studies are called ${asked}. Give the id: edin study list`);
    if (found[0] === undefined)
      throw new AppError("not_found", `There is no study ${asked}. See: edin study list`);
    await work(calls, found[0].id, found[0].name);
  });
}

async function readText(file: string): Promise<string> {
  return readFile(file, "utf8").catch((cause: unknown) => {
    throw new AppError("invalid_path", `${file} cannot be read. Check its name.`, { cause });
  });
}

function toIso(text: string): string {
  const date = new Date(text);
  if (Number.isNaN(date.getTime()))
    throw new AppError("invalid_request", `"${text}" is no date. Write 2031-12-31.`);
  return date.toISOString();
}

const toIsoOrNone = (text: string) => (text === "none" ? null : toIso(text));

function toCovariate(text: string): [string, number] {
  const [name = "", value = ""] = text.split("=");
  if (name === "" || value.trim() === "" || !Number.isFinite(Number(value)))
    throw new AppError("invalid_request", `"${text}" is no covariate. Write age=31.`);
  return [name, Number(value)];
}
