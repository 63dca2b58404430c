import { writeFile } from "node:fs/promises";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import type { Runner } from "../../daemon/analysis/kind.ts";
import { addAnalysis, makeStudy } from "../integration/studies/study.ts";
import { startTestDaemon, type TestDaemon } from "../integration/testDaemon.ts";
import { syntheticAnalysis, syntheticFrames } from "../support/syntheticResult.ts";
import { launchChromium } from "./chromium.ts";
import { checkEachTheme, pictures } from "./eachTheme.ts";

const threeFaces: Runner = async ({ id, outDir }) => {
  const options = { id, durationMs: 4000, faces: 3 };
  const lines = syntheticFrames(options).map((line) => JSON.stringify(line));
  await writeFile(path.join(outDir, "frames.jsonl"), `${lines.join("\n")}\n`);
  await writeFile(path.join(outDir, "speech.jsonl"), "");
  await writeFile(path.join(outDir, "fused.jsonl"), "");
  await writeFile(path.join(outDir, "mel.jsonl"), "");
  await writeFile(path.join(outDir, "analysis.json"), JSON.stringify(syntheticAnalysis(options)));
};

describe("the people of a clip in Chromium", function () {
  this.timeout(180_000);
  let test: TestDaemon;
  let browser: Browser;
  let page: Page;

  before(async function () {
    this.timeout(420_000);
    test = await startTestDaemon({ run: threeFaces });
    const id = await addAnalysis(test, (await makeStudy(test)).first);
    browser = await launchChromium();
    page = await (await browser.newContext({ colorScheme: "light" })).newPage();
    await page.goto(test.daemon.createPageUrl());
    await page.getByRole("heading", { name: "Analyses" }).waitFor();
    await page.evaluate((to) => (location.hash = `#/analysis/${to}`), id);
    await page.getByRole("tab", { name: "People" }).click();
  });
  after(async () => {
    await browser.close();
    await test[Symbol.asyncDispose]();
  });

  it("names a face, which every figure then shows, and takes it back", async () => {
    await page.getByRole("textbox", { name: "Your name" }).fill("kim");
    await page.getByRole("textbox", { name: "Name", exact: true }).fill("Ada");
    await page.getByRole("button", { name: "Correct", exact: true }).click();
    const said = page.getByRole("row", { name: /Face 1 is called Ada/ });
    await said.waitFor();
    await page.getByRole("tab", { name: "Summary" }).click();
    await page.getByRole("rowheader", { name: "Ada (face 1)" }).waitFor();
    await page.getByRole("tab", { name: "People" }).click();
    await checkEachTheme(page, "people");
    await page.setViewportSize({ width: 320, height: 640 });
    if (pictures !== undefined)
      await page.screenshot({ path: path.join(pictures, "people-narrow.png"), fullPage: true });
    // Charts follow the window a moment later.
    await page.waitForFunction(() => document.documentElement.scrollWidth <= innerWidth);
    await page.setViewportSize({ width: 1200, height: 900 });
    await said.getByRole("button", { name: "Undo" }).click();
    await page.getByText(/taken back by kim/).waitFor();
    await page.getByRole("tab", { name: "Summary" }).click();
    await page.getByRole("rowheader", { name: "Face 1", exact: true }).waitFor();
  });
});
