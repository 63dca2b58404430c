import type { Command } from "commander";
import type * as z from "zod";
import { AppError } from "../../shared/errors.ts";
import { tableOptionsSchema } from "../../shared/protocol/studyRoutes.ts";

export interface TableFlags {
  map?: string[];
  missing?: string[];
  encoding?: string;
}

/** How a table of responses is to be read, where EDIN cannot tell it from the table. */
export function addTableFlags(command: Command): Command {
  return command
    .option(
      "--map <name=column>",
      "a column by its title: participant=code, beq1=Q5_1, or beq=Q5_# for all 16 (repeatable)",
      collect,
    )
    .option("--missing <codes>", "codes that stand for no answer: -99,UNK (repeatable)", collectCodes)
    .option("--encoding <name>", "encoding of the file, such as windows-1252");
}

const collect = (value: string, before: string[] = []) => [...before, value];
const collectCodes = (value: string, before: string[] = []) => [...before, ...value.split(",")];

/** @throws AppError `invalid_request` */
export function toTableOptions({ map, missing, encoding }: TableFlags): z.infer<typeof tableOptionsSchema> {
  const columns = map?.map((one) => {
    const at = one.indexOf("=");
    if (at < 1)
      throw new AppError("invalid_request", `"${one}" is no map. Write beq1=Q5_1 or participant=code.`);
    return [one.slice(0, at).trim(), one.slice(at + 1).trim()] as const;
  });
  const parsed = tableOptionsSchema.safeParse({
    ...(columns && { map: Object.fromEntries(columns) }),
    ...(missing && { missing }),
    ...(encoding !== undefined && { encoding }),
  });
  if (parsed.success) return parsed.data;
  const names = "participant, session, completed, beq and beq1 to beq16";
  throw new AppError(
    "invalid_request",
    `Fix --map or --missing: a map knows ${names}. See: edin beq score --help`,
  );
}
