import { Command } from "commander";
import { AppError } from "../../shared/errors.ts";
import { cancelImport, importStudy, listImports } from "../../shared/protocol/studyArchives.ts";
import {
  addConsentText,
  addParticipants,
  createStudy,
  deleteParticipant,
  deleteStudy,
  getStudy,
  listStudies,
  purgeStudies,
  setCutoffs,
  updateParticipant,
  wholeStudy,
} from "../../shared/protocol/studyRoutes.ts";
import { deleteGazeCalibration, setGazeCalibration } from "../../shared/protocol/gazeRoutes.ts";
import { archiveLimits } from "../../shared/protocol/studyFile.ts";
import { printable } from "../../shared/text/printable.ts";
import { readGazeCalibration } from "../documents/gazeCalibrationFile.ts";
import { readTextFile } from "../text/readTextFile.ts";
import { toAbsolute } from "./absolute.ts";
import type { Calls } from "./daemonCalls.ts";
import { confirm } from "./confirm.ts";
import { inStudy, withCalls, type Leaf, type StudyOptions } from "./inStudy.ts";
import { printJson, printTable } from "./output.ts";
import { createCounter } from "./progress.ts";
import { printStudy, tellLeftMedia } from "./studyTables.ts";
import { sessionCommand } from "./studySession.ts";
import { facesCommand } from "./studyFaces.ts";
import { eventsCommand, linkCommand } from "./studyLink.ts";
import { notebookCommand, reportCommand } from "./studyReport.ts";
import { tableCommand } from "./studyTable.ts";
import { exportStudyTo } from "./studyExport.ts";
import { counted } from "../../shared/text/counted.ts";

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
        (study: string, file: string, options: StudyOptions) =>
          inStudy(options, study, async (calls, id) => {
            await calls.call(addConsentText, { study: id, text: await readText(file) });
          }),
      ),
    )
    .addCommand(
      leaf("cutoffs <study> <file>", "Fix the cut-offs of the validation.").action(
        (study: string, file: string, options: StudyOptions) =>
          inStudy(options, study, async (calls, id) => {
            await calls.call(setCutoffs, { study: id, text: await readText(file) });
          }),
      ),
    )
    .addCommand(
      leaf("export <study>", "Write a study with its results into one archive.")
        .requiredOption("--out <file>", "the .zip to write", toAbsolute)
        .action((study: string, options: StudyOptions & { out: string }) =>
          inStudy(options, study, (calls, id) => exportStudyTo(calls, id, options.out)),
        ),
    )
    .addCommand(
      leaf(
        "import <file>",
        `Take a study over from an archive of up to ${archiveLimits.participants} participants and ${archiveLimits.files} files, as a whole or not at all. Ctrl-C takes back what was begun.`,
      ).action((file: string, options: StudyOptions) =>
        withCalls(options, async (calls) => {
          process.stdout.write(`${await importWithProgress(calls, toAbsolute(file))}\n`);
        }),
      ),
    )
    .addCommand(linkCommand(leaf))
    .addCommand(eventsCommand(leaf))
    .addCommand(facesCommand(leaf))
    .addCommand(tableCommand(leaf))
    .addCommand(reportCommand(leaf))
    .addCommand(notebookCommand(leaf))
    .addCommand(
      leaf("purge", "Delete the participants whose retention date has passed.")
        .option("--yes", "do not ask")
        .action(purge),
    )
    .addCommand(participantCommand(leaf))
    .addCommand(sessionCommand(leaf));
}

function participantCommand(leaf: Leaf): Command {
  return new Command("participant")
    .description("Add, change and delete participants by pseudonym.")
    .addCommand(
      leaf("add <study> <pseudonyms...>", "Add participants; all of them or none.")
        .option("--retain-until <date>", "when their data are to be deleted", toIso)
        .action((study: string, ids: string[], options: StudyOptions & { retainUntil?: string }) =>
          inStudy(options, study, async (calls, id) => {
            const { retainUntil } = options;
            await calls.call(addParticipants, { study: id, ids, ...(retainUntil && { retainUntil }) });
          }),
        ),
    )
    .addCommand(
      leaf(
        "set <study> <pseudonym>",
        "Set the retention date, a covariate, consent that was taken on paper, or the gaze calibration that is kept.",
      )
        .option("--retain-until <date>", "when the data are to be deleted; `none` for no date", toIsoOrNone)
        .option("--covariate <name=number...>", "such as age=31")
        .option("--consent <version>", "the version of the text that was agreed to")
        .option("--by <who>", "who took the consent")
        .option(
          "--gaze <file>",
          "a .gaze.json of the page or of `edin calibrate gaze`; `none` deletes the kept one",
        )
        .action(setParticipant),
    )
    .addCommand(
      leaf("delete <study> <pseudonym>", "Delete a participant wholly, with all files.")
        .option("--yes", "do not ask")
        .action((study: string, participant: string, options: StudyOptions) =>
          inStudy(options, study, async (calls, id) => {
            await confirm(
              `Delete ${participant} with all answers, results and recordings permanently?`,
              options,
            );
            tellLeftMedia((await calls.call(deleteParticipant, { study: id, participant })).leftMedia);
          }),
        ),
    );
}

async function create(
  name: string,
  options: StudyOptions & { consent: string; cutoffs?: string },
): Promise<void> {
  await withCalls(options, async (calls) => {
    const { study } = await calls.call(createStudy, { name, consentText: await readText(options.consent) });
    if (options.cutoffs !== undefined)
      await calls.call(setCutoffs, { study: study.id, text: await readText(options.cutoffs) });
    process.stdout.write(`${study.id}\n`);
  });
}

async function list(options: StudyOptions): Promise<void> {
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

async function show(study: string, options: StudyOptions): Promise<void> {
  await inStudy(options, study, async (calls, id) => {
    const found = await wholeStudy((request) => calls.call(getStudy, request), id);
    if (options.json) printJson(found);
    else printStudy(found);
  });
}

async function remove(study: string, options: StudyOptions): Promise<void> {
  await inStudy(options, study, async (calls, id, name) => {
    await confirm(`Delete the study "${name}" with all participants and files permanently?`, options);
    tellLeftMedia((await calls.call(deleteStudy, { study: id })).leftMedia);
  });
}

/** The daemon is asked how far it is while it works, and Ctrl-C takes everything back; the id of the study. */
async function importWithProgress(calls: Calls, file: string): Promise<string> {
  const counter = createCounter();
  const find = async () => (await calls.call(listImports, {})).imports.find(({ path }) => path === file);
  // What is wrong the import itself tells.
  const quietly = (work: Promise<void>): void => void work.catch(() => undefined);
  const show = async (): Promise<void> => {
    const one = await find();
    if (one !== undefined && one.total > 0) counter.show(one.done, one.total);
  };
  const cancel = async (): Promise<void> => {
    const one = await find();
    if (one !== undefined) await calls.call(cancelImport, { id: one.id });
  };
  const stop = () => quietly(cancel());
  const timer = setInterval(() => quietly(show()), 1000);
  process.once("SIGINT", stop).once("SIGTERM", stop);
  try {
    return (await calls.call(importStudy, { path: file })).study.id;
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
    clearInterval(timer);
    counter.end();
  }
}

async function purge(options: StudyOptions): Promise<void> {
  await withCalls(options, async (calls) => {
    const { expired } = await calls.call(purgeStudies, { remove: false });
    printTable(
      ["STUDY", "PARTICIPANT", "RETAIN UNTIL"],
      expired.map((one) => [one.study, one.participant, one.retainUntil]),
    );
    if (expired.length === 0) return;
    await confirm(`Delete ${counted(expired.length, "participant")} with all files permanently?`, options);
    tellLeftMedia((await calls.call(purgeStudies, { remove: true })).leftMedia);
  });
}

async function setParticipant(
  study: string,
  participant: string,
  options: StudyOptions & {
    retainUntil?: string | null;
    covariate?: string[];
    consent?: string;
    by?: string;
    gaze?: string;
  },
): Promise<void> {
  await inStudy(options, study, async (calls, id) => {
    const { retainUntil, covariate, consent: version, by: givenBy, gaze } = options;
    if ((version === undefined) !== (givenBy === undefined))
      throw new AppError("invalid_request", "Give --consent with the version and --by with who took it.");
    const calibration =
      gaze === undefined || gaze === "none" ? undefined : await readGazeCalibration(toAbsolute(gaze));
    const { participants } = await wholeStudy((request) => calls.call(getStudy, request), id);
    const person = participants.find((one) => one.id === participant);
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
    const key = { study: id, participant };
    if (gaze === "none") await calls.call(deleteGazeCalibration, key);
    else if (calibration !== undefined) await calls.call(setGazeCalibration, { ...key, calibration });
  });
}

async function readText(file: string): Promise<string> {
  const { text, encoding, guessed } = await readTextFile(file);
  if (guessed)
    process.stderr.write(`${printable(file)} was read as ${encoding}. Look at it with: edin study show\n`);
  return text;
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
