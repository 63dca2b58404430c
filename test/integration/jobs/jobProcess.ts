/**
 * A daemon or a worker as a process of its own, for tests that stop, kill and start such processes:
 * `tsx jobProcess.ts daemon|worker`, with `{"dataDir", "databaseUrl", "clips", "jobs"}` on standard input. Its jobs write what
 * {@link writePieces} writes. Prints `ready`.
 */
import { readFileSync } from "node:fs";
import { loadConfig, type ConfigInput } from "../../../daemon/config.ts";
import { createLog } from "../../../daemon/log.ts";
import { openJobs } from "../../../daemon/openJobs.ts";
import { startDaemon } from "../../../daemon/server.ts";
import { openStore } from "../../../daemon/store/store.ts";
import { writePieces } from "./pieces.ts";

const role = process.argv[2];
const { clips, ...given } = JSON.parse(readFileSync(0, "utf8")) as Partial<ConfigInput> & { clips: string };
const config = loadConfig({ concurrency: 1, ...given, roots: [clips], logLevel: "error" }, {});
const log = createLog(config.logLevel);
if (role === "daemon") await startDaemon(config, writePieces, log);
else {
  const store = await openStore(config, log);
  const { jobs } = await openJobs(store, config, writePieces, log, { recover: false });
  jobs.start();
}
process.stdout.write("ready\n");
