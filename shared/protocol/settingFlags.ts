import * as z from "zod";

/** Flags of the command line, as commander writes them, by the setting that they set. */
const flags = z.registry<{ readonly flag: string }>();

/** A setting that the command line offers as a flag of its own; its description is the flag's. */
export function flag<Setting extends z.ZodType>(text: string, setting: Setting): Setting {
  flags.add(setting, { flag: text });
  return setting;
}

/** The flag of a setting, if it has one. */
export function flagOf(setting: z.ZodType): string | undefined {
  return flags.get(setting)?.flag;
}
