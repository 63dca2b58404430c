import { Command } from "commander";
import { labelsAgreementCommand } from "./labelsAgreement.ts";
import { labelsConvertCommand } from "./labelsConvert.ts";

/** `edin labels agreement`. */
export function labelsCommand(): Command {
  return new Command("labels")
    .description("What annotators made: how well they agree, and other formats.")
    .addCommand(labelsAgreementCommand())
    .addCommand(labelsConvertCommand());
}
