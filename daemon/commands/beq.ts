import { Command } from "commander";
import { beqImportCommand } from "./beqImport.ts";

/** `edin beq`: the questionnaire. */
export function beqCommand(): Command {
  return new Command("beq")
    .description("Work with responses to the Berkeley Expressivity Questionnaire.")
    .addCommand(beqImportCommand());
}
