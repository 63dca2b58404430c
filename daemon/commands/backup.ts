import path from "node:path";
import { Command } from "commander";
import { loadConfig, type Config } from "../config.ts";
import { createLog } from "../log.ts";
import { openStore, type Store } from "../store/store.ts";
import { toAbsolute } from "./absolute.ts";
import { printJson } from "./output.ts";
import { counted } from "../../shared/text/counted.ts";

interface Options {
  dataDir?: string;
  json?: true;
}

/** `edin backup FILE`: everything of a data folder and its database as one file. */
export function backupCommand(): Command {
  return options(
    new Command("backup")
      .description(
        "Write everything of a data folder and its database into one file. Stop the daemon first where the database is embedded.",
      )
      .argument("<file>", "the backup, a zip"),
  ).action(async (file: string, asked: Options) => {
    const config = loadConfig({ dataDir: asked.dataDir });
    await using store = await open(config);
    const { writeBackup } = await import("../backup/writeBackup.ts");
    const done = await writeBackup(store.db, config.dataDir, path.resolve(file));
    if (asked.json) printJson(done);
    else
      process.stdout.write(
        `${counted(done.rows, "row")} and ${counted(done.files, "file")} (${(done.bytes / 1e6).toFixed(1)} MB) are in ${file}\n`,
      );
  });
}

/** `edin restore FILE`: a backup into a new data folder and an empty database. */
export function restoreCommand(): Command {
  return options(
    new Command("restore")
      .description(
        "Put a backup into an empty data folder and an empty database (embedded, or EDIN_DATABASE_URL).",
      )
      .argument("<file>", "what `edin backup` wrote"),
  ).action(async (file: string, asked: Options) => {
    const config = loadConfig({ dataDir: asked.dataDir });
    await using store = await open(config);
    const { restoreBackup } = await import("../backup/restoreBackup.ts");
    const { files, tables, edin } = await restoreBackup(store.db, config.dataDir, path.resolve(file));
    if (asked.json) printJson({ files: files.length - tables.length, edin });
    else
      process.stdout.write(
        `Restored: ${counted(files.length - tables.length, "file")} and ${counted(tables.length, "table")}\n`,
      );
  });
}

const options = (command: Command): Command =>
  command
    .option("--data-dir <dir>", "folder of database and results", toAbsolute)
    .option("--json", "print JSON");

function open(config: Config): Promise<Store> {
  const log = createLog(config.logLevel);
  if (config.databaseUrl !== undefined) log.hide(config.databaseUrl);
  return openStore(config, log);
}
