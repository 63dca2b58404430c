import { Command } from "commander";
import { AppError } from "../../shared/errors.ts";
import { toHttp } from "../../shared/protocol/endpoint.ts";
import { createCode, pageCodeMinutes } from "../../shared/protocol/system.ts";
import { loadConfig } from "../config.ts";
import { toAbsolute } from "./absolute.ts";

interface Options {
  dataDir?: string;
  print?: true;
}

/** `edin open`: the page of the daemon that runs, in the browser. */
export function openCommand(): Command {
  return new Command("open")
    .description("Open the page of the running daemon in the browser.")
    .option("--data-dir <dir>", "the daemon's folder", toAbsolute)
    .option(
      "--print",
      `only print the address, which lets one browser in once, within ${pageCodeMinutes} minutes`,
    )
    .action(open);
}

async function open({ dataDir: asked, print }: Options): Promise<void> {
  const { dataDir } = loadConfig({ dataDir: asked });
  const { readDiscovery } = await import("../http/discovery.ts");
  const notThere = (cause?: unknown) =>
    new AppError("not_found", `No daemon uses ${dataDir}. Start one: edin serve --open`, { cause });
  const daemon = await readDiscovery(dataDir);
  if (daemon === undefined) throw notThere();
  const { method, path, body } = toHttp(createCode, {});
  const response = await fetch(daemon.url + path, {
    method,
    headers: { authorization: `Bearer ${daemon.token.reveal()}`, "content-type": "application/json" },
    redirect: "error",
    ...(body !== undefined && { body }),
  }).catch((cause: unknown) => {
    throw notThere(cause);
  });
  if (!response.ok) throw notThere();
  const { url } = createCode.response.parse(await response.json());
  if (print) process.stdout.write(`${url}\n`);
  else await (await import("./openPage.ts")).openPage(dataDir, url);
}
