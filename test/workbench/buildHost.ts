import path from "node:path";
import esbuild from "esbuild";
import { root } from "./codeServer.ts";

/** Bundles the suite of host/ for the extension host and returns the file. */
export async function buildHostSuite(): Promise<string> {
  const outfile = path.join(root, ".cache", "workbench", "index.cjs");
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: ["test/workbench/host/index.ts"],
    outfile,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    external: ["vscode", "mocha"],
    logLevel: "warning",
  });
  return outfile;
}
