import { Command } from "commander";
import { labelsAgreementCommand } from "./labelsAgreement.ts";
import { labelsAssignCommand } from "./labelsAssign.ts";
import { labelsConvertCommand } from "./labelsConvert.ts";
import { labelsDatasetCommand } from "./labelsDataset.ts";
import { labelsEvaluateCommand } from "./labelsEvaluate.ts";
import { labelsStatisticsCommand } from "./labelsStatistics.ts";

/** `edin labels ...`: what can be done with labels files without an editor. */
export function labelsCommand(): Command {
  return new Command("labels")
    .description(
      "What annotators make: who labels what, how well they agree, the model against them, other formats.",
    )
    .addCommand(labelsAssignCommand())
    .addCommand(labelsAgreementCommand())
    .addCommand(labelsStatisticsCommand())
    .addCommand(labelsEvaluateCommand())
    .addCommand(labelsDatasetCommand())
    .addCommand(labelsConvertCommand());
}
