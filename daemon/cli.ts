import { Command } from "commander";
import { analyzeCommand } from "./commands/analyze.ts";
import { backupCommand, restoreCommand } from "./commands/backup.ts";
import { beqCommand } from "./commands/beq.ts";
import { demoCommand } from "./commands/demo.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { calibrateCommand } from "./commands/calibrate.ts";
import { evaluateCommand } from "./commands/evaluate.ts";
import { experimentCommand } from "./commands/experiment.ts";
import { labelsCommand } from "./commands/labels.ts";
import { liveCommand } from "./commands/live.ts";
import { avatarsCommand } from "./commands/avatars.ts";
import { modelsCommand } from "./commands/models.ts";
import { openCommand } from "./commands/open.ts";
import { queueCommand } from "./commands/queue.ts";
import { redactCommand } from "./commands/redact.ts";
import { serveCommand } from "./commands/serve.ts";
import { statusCommand } from "./commands/status.ts";
import { studyCommand } from "./commands/study.ts";
import { trainCommand } from "./commands/train.ts";
import { workerCommand } from "./commands/worker.ts";

/** The `edin` command. Each sub-command lives in daemon/commands and loads its work only when it is called. */
export function createProgram(version: string): Command {
  return new Command("edin")
    .description("Reads emotions from faces and voices, for research and annotation.")
    .version(version)
    .addCommand(analyzeCommand())
    .addCommand(backupCommand())
    .addCommand(beqCommand())
    .addCommand(demoCommand())
    .addCommand(doctorCommand())
    .addCommand(calibrateCommand())
    .addCommand(evaluateCommand())
    .addCommand(experimentCommand())
    .addCommand(labelsCommand())
    .addCommand(liveCommand())
    .addCommand(modelsCommand())
    .addCommand(avatarsCommand())
    .addCommand(openCommand())
    .addCommand(queueCommand())
    .addCommand(redactCommand())
    .addCommand(restoreCommand())
    .addCommand(serveCommand())
    .addCommand(statusCommand())
    .addCommand(studyCommand())
    .addCommand(trainCommand())
    .addCommand(workerCommand());
}
