import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import type { Browser, Page } from "playwright-core";
import { makePhotoClip } from "../support/photoClip.ts";
import { launchChromium } from "./chromium.ts";
import { TestDaemon } from "./daemon.ts";

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, "../..");

/** A tree of the sources in which the two tables of pipelines have one more value each; built. */
async function buildWithToy(tree: string): Promise<string> {
  for (const entry of ["shared", "daemon", "webview", "extension", "test/support", "package.json"])
    await cp(path.join(root, entry), path.join(tree, entry), { recursive: true });
  for (const file of ["build.mjs", "nativePackages.mjs"])
    await cp(path.join(root, file), path.join(tree, file));
  for (const folder of ["node_modules", "models"])
    await symlink(path.join(root, folder), path.join(tree, folder));
  await edit(path.join(tree, "shared/protocol/pipelines.ts"), [
    ['import * as z from "zod";', 'import { aboutToy } from "../../test/support/toyPipeline/aboutToy.ts";'],
    ["export const pipelines = Object.freeze({", "  toy: aboutToy,"],
  ]);
  await edit(path.join(tree, "daemon/pipelines/list.ts"), [
    ['import { evm } from "./evm.ts";', 'import { toy } from "../../test/support/toyPipeline/toy.ts";'],
    ["Object.freeze({", "  toy,"],
  ]);
  // Without the step that links the command into node_modules, which is the real one's.
  await edit(
    path.join(tree, "build.mjs"),
    [["// `npx edin` finds the command", "process.exit();"]],
    "before",
  );
  await run(process.execPath, ["build.mjs"], { cwd: tree });
  return path.join(tree, "dist/edin.js");
}

/** Puts each second text behind (or before) the first, which is there once. */
async function edit(
  file: string,
  insertions: readonly (readonly [string, string])[],
  where: "behind" | "before" = "behind",
): Promise<void> {
  let text = await readFile(file, "utf8");
  for (const [anchor, added] of insertions) {
    assert.equal(text.split(anchor).length, 2, `${path.basename(file)} has "${anchor}" once`);
    text = text.replace(anchor, where === "behind" ? `${anchor}\n${added}\n` : `${added}\n${anchor}`);
  }
  await writeFile(file, text);
}

describe("a pipeline that is added as one value", function () {
  this.timeout(300_000);
  let tree: string;
  let script: string;
  let daemon: TestDaemon;
  let browser: Browser;
  let page: Page;
  let clip: string;

  before(async () => {
    tree = await mkdtemp(path.join(os.tmpdir(), "edin-toy-"));
    script = await buildWithToy(tree);
    daemon = await TestDaemon.start(script);
    clip = await makePhotoClip(path.join(daemon.folder, "clip.mp4"), 2);
    browser = await launchChromium();
    page = await browser.newPage({ viewport: { width: 1280, height: 1200 } });
    await page.goto(await daemon.pageUrl());
    await page.getByRole("heading", { name: "Analyses" }).waitFor();
  });
  after(async () => {
    await browser.close();
    await daemon[Symbol.asyncDispose]();
    await rm(tree, { recursive: true, force: true });
  });

  const edin = async (...args: string[]): Promise<string> =>
    (await run(process.execPath, [script, ...args], { maxBuffer: 1e8 })).stdout;
  const choosePipeline = async (): Promise<void> => {
    const select = page.locator('vscode-single-select[label="Pipeline"]');
    await select.click();
    await select.locator(".option", { hasText: /^\s*Toy\s*$/ }).click();
  };

  it("runs on a clip from the command line, with its own flag, and stores its views", async () => {
    const out = path.join(daemon.folder, "out");
    const args = ["--pipeline", "toy", "--toy-contrast", "3", "--device", "cpu", "--out", out, "--json"];
    const analysis = JSON.parse(await edin("analyze", clip, ...args)) as Record<string, unknown>;
    assert.equal(analysis["pipeline"], "toy");
    assert.equal((analysis["config"] as { toyContrast: number }).toyContrast, 3);
    assert.deepEqual(
      (analysis["models"] as { task: string }[]).map(({ task }) => task),
      ["face", "landmarks"],
    );
    assert.ok((await readdir(out)).includes("toy-1.mp4"));
  });

  it("runs live from the command line", async () => {
    const stdout = await edin(
      "live",
      "--source",
      `file:${clip}`,
      "--pipeline",
      "toy",
      "--device",
      "cpu",
      "--json",
    );
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { kind: string; line?: { faces: unknown[] } });
    assert.ok(lines.some(({ kind, line }) => kind === "frame" && line!.faces.length > 0));
  });

  it("is refused for what its settings do not allow, like any other", async () => {
    await assert.rejects(
      edin(
        "analyze",
        clip,
        "--pipeline",
        "toy",
        "--toy-contrast",
        "99",
        "--out",
        path.join(daemon.folder, "no"),
      ),
      /invalid_config[^]*toyContrast/,
    );
  });

  it("is in the page's menu, runs from there and shows its view beside the clip", async () => {
    await page.getByRole("textbox", { name: "Path of a clip" }).fill(clip);
    await choosePipeline();
    await page.getByRole("button", { name: "Analyse", exact: true }).click();
    await page.getByRole("cell", { name: "Toy" }).waitFor();
    await page.getByRole("link", { name: "clip.mp4" }).click({ timeout: 120_000 });
    await page.getByRole("region", { name: "Toy face" }).waitFor();
  });

  it("runs live from the page", async () => {
    await page.goto(`${new URL(page.url()).origin}/#/live`);
    await page.getByRole("tab", { name: "Clip, as if live" }).click();
    await page.getByRole("textbox", { name: "Path of a clip" }).fill(clip);
    await choosePipeline();
    await page.getByRole("button", { name: "Start" }).click();
    await page.getByRole("img", { name: "Face 1 as it is, and as a toy" }).waitFor();
  });
});
