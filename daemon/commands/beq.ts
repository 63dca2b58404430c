import { Command } from "commander";
import { beqImportCommand } from "./beqImport.ts";
import { beqScoreCommand } from "./beqScore.ts";
import { beqValidateCommand } from "./beqValidate.ts";

/** `edin beq import | score | validate`. */
export function beqCommand(): Command {
  return new Command("beq")
    .description("Berkeley Expressivity Questionnaire: score it, and hold the model against it.")
    .addCommand(beqImportCommand())
    .addCommand(beqScoreCommand())
    .addCommand(beqValidateCommand());
}
