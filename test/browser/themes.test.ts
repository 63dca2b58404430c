import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { chromium, type Browser, type Page } from "playwright-core";
import { makePhotoClip } from "../support/photoClip.ts";
import { TestDaemon } from "./daemon.ts";

const axeSource = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
/** A folder for a picture of each view in each theme and width, for people to look at. */
const pictures = process.env["EDIN_PICTURES"];

const themes = [
  { name: "light", media: { colorScheme: "light" } },
  { name: "dark", media: { colorScheme: "dark" } },
  { name: "high contrast light", media: { colorScheme: "light", contrast: "more" } },
  { name: "high contrast dark", media: { colorScheme: "dark", contrast: "more" } },
  { name: "forced colours", media: { colorScheme: "dark", forcedColors: "active" } },
] as const;
/** A narrow side panel, and a wide window. */
const widths = [300, 1600];

describe("each view in each theme", function () {
  this.timeout(180_000);
  let daemon: TestDaemon;
  let browser: Browser;
  let page: Page;
  let result = "";

  before(async function () {
    this.timeout(420_000);
    daemon = await TestDaemon.start();
    result = await daemon.analyse(await makePhotoClip(path.join(daemon.folder, "clip.mp4"), 2));
    browser = await chromium.launch({
      executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-gpu"],
    });
    const context = await browser.newContext({ reducedMotion: "reduce" });
    page = await context.newPage();
    await page.goto(await daemon.pageUrl());
    await page.getByRole("heading", { name: "Analyses" }).waitFor();
    await page.evaluate(await readFile(axeSource, "utf8"));
  });
  after(async () => {
    await browser.close();
    await daemon[Symbol.asyncDispose]();
  });

  const seriousProblems = async (): Promise<string[]> => {
    const found = await page.evaluate(async () => {
      const { axe } = globalThis as unknown as {
        axe: { run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> };
      };
      return (await axe.run()).violations;
    });
    return found
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`);
  };

  const views = {
    analyses: () => page.getByRole("heading", { name: "Analyses" }).waitFor(),
    result: async () => {
      await page.locator(".moment-row h3").first().waitFor();
      await page.waitForFunction(() => document.querySelector("video")!.readyState >= 2);
    },
    models: () => page.locator("article.card").first().waitFor(),
    beq: () => page.getByRole("heading", { level: 1 }).waitFor(),
  } as const;

  for (const [view, ready] of Object.entries(views))
    it(`${view}: nothing serious is wrong, and nothing is wider than its window`, async () => {
      const fragment = view === "result" ? `#/analysis/${result}` : `#/${view}`;
      await page.evaluate((to) => (location.hash = to), fragment);
      await ready();
      for (const theme of themes)
        for (const width of widths) {
          await page.emulateMedia({ contrast: null, forcedColors: "none", ...theme.media });
          await page.setViewportSize({ width, height: 900 });
          const where = `${view}, ${theme.name}, ${width} px`;
          // Forced colours are the system's own: axe cannot see them.
          if (theme.name !== "forced colours") assert.deepEqual(await seriousProblems(), [], where);
          const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          assert.ok(overflow <= 0, `${where}: ${overflow} px too wide`);
          if (pictures !== undefined)
            await page.screenshot({
              path: path.join(pictures, `${where.replaceAll(/[, ]+/g, "-")}.png`),
              fullPage: true,
            });
        }
    });
});
