import { Command, Option } from "commander";
import { expressionLabels, type ExpressionLabel } from "../../shared/emotion/labels.ts";
import { AppError } from "../../shared/errors.ts";
import { createFormLink } from "../../shared/protocol/beqForm.ts";
import { deleteSelfReport, setSelfReport } from "../../shared/protocol/selfReports.ts";
import {
  addSession,
  deleteSession,
  linkAnalysis,
  unlinkAnalysis,
} from "../../shared/protocol/studyRoutes.ts";
import { analysisRoleSchema, type StudySession } from "../../shared/protocol/studyFile.ts";
import { setClipFacts } from "../../shared/protocol/studyTable.ts";
import { loadConfig } from "../config.ts";
import { confirm } from "./confirm.ts";
import { needDaemon } from "./daemonCalls.ts";
import { inStudy, withCalls, type Leaf, type StudyOptions } from "./inStudy.ts";
import { tellLeftMedia } from "./studyTables.ts";

/** `edin study session`: sessions of a participant, with what belongs to them. */
export function sessionCommand(leaf: Leaf): Command {
  const role = new Option("--role <role>", "what the analysis shows")
    .choices(analysisRoleSchema.options)
    .default("stimulus");
  return new Command("session")
    .description("Start sessions, link analyses to them, make links of forms, take down self-reports.")
    .addCommand(
      leaf("add <study> <pseudonym>", "Start a session; prints its id.").action(
        (study: string, participant: string, options: StudyOptions) =>
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
      ).action(async (session: string, options: StudyOptions) => {
        await needDaemon(loadConfig({ dataDir: options.dataDir }));
        await withCalls(options, async (calls) => {
          process.stdout.write(`${(await calls.call(createFormLink, { session })).url}\n`);
        });
      }),
    )
    .addCommand(
      leaf("analysis <session> <analysis>", "Say that an analysis belongs to a session.")
        .addOption(role)
        .option("--condition <name>", "the condition that it shows; `none` for none", nameOrNone)
        .option("--stimulus <name>", "the stimulus that it shows; `none` for none", nameOrNone)
        .option("--face <n>", "the participant's face, by its number in the results", Number)
        .option("--remove", "remove it from the session; the analysis is kept")
        .action(link),
    )
    .addCommand(
      leaf("report <session> <analysis>", "Take down what the participant felt during a part of a clip.")
        .requiredOption("--from <seconds>", "start of the part", toMs)
        .requiredOption("--to <seconds>", "end of the part", toMs)
        .addOption(new Option("--felt <emotion>", "the answer").choices(expressionLabels))
        .option("--remove", "take the answer for this part back")
        .action(report),
    )
    .addCommand(
      leaf("delete <session>", "Delete a session with its form, analyses and recordings.")
        .option("--yes", "do not ask")
        .action((session: string, options: StudyOptions) =>
          withCalls(options, async (calls) => {
            await confirm(
              "Delete the session with its answers, results and recordings permanently?",
              options,
            );
            tellLeftMedia((await calls.call(deleteSession, { session })).leftMedia);
          }),
        ),
    );
}

async function link(
  session: string,
  analysis: string,
  options: StudyOptions & {
    role: StudySession["analyses"][number]["role"];
    face?: number;
    condition?: string | null;
    stimulus?: string | null;
    remove?: true;
  },
): Promise<void> {
  const { role, face, condition, stimulus, remove } = options;
  await withCalls(options, async (calls) => {
    if (remove) {
      await calls.call(unlinkAnalysis, { session, analysis });
      return;
    }
    await calls.call(linkAnalysis, { session, analysis, role, ...(face !== undefined && { face }) });
    if (condition !== undefined || stimulus !== undefined)
      await calls.call(setClipFacts, { session, analysis, condition, stimulus });
  });
}

const nameOrNone = (text: string) => (text === "none" ? null : text);

async function report(
  session: string,
  analysis: string,
  options: StudyOptions & { from: number; to: number; felt?: ExpressionLabel; remove?: true },
): Promise<void> {
  const { from: startMs, to: endMs, felt: label, remove } = options;
  await withCalls(options, async (calls) => {
    if (remove) await calls.call(deleteSelfReport, { session, analysis, startMs, endMs });
    else if (label !== undefined)
      await calls.call(setSelfReport, { session, analysis, startMs, endMs, label });
    else throw new AppError("invalid_request", "Give --felt with the emotion, or --remove.");
  });
}

function toMs(text: string): number {
  const seconds = Number(text);
  if (text.trim() === "" || !Number.isFinite(seconds))
    throw new AppError("invalid_request", `"${text}" is no time. Write seconds, such as 12.5.`);
  return Math.round(seconds * 1000);
}
