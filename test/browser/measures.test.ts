import assert from "node:assert/strict";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { createCode } from "../../shared/protocol/system.ts";
import { importStudy } from "../../shared/protocol/studyArchives.ts";
import { packFolder } from "../integration/studies/study.ts";
import { startTestDaemon, type TestDaemon } from "../integration/testDaemon.ts";
import { writeConditionStudy } from "../support/conditionStudy.ts";
import { launchChromium } from "./chromium.ts";
import { checkEachTheme, pictures } from "./eachTheme.ts";

describe("the measures of a study in Chromium", function () {
  this.timeout(180_000);
  let test: TestDaemon;
  let browser: Browser;
  let page: Page;
  const problems: string[] = [];

  before(async function () {
    this.timeout(420_000);
    test = await startTestDaemon();
    const folder = path.join(test.place.dataDir, "conditions");
    await writeConditionStudy(folder);
    await test.call(importStudy, { path: await packFolder(folder, `${folder}.zip`) });
    browser = await launchChromium();
    page = await (await browser.newContext({ colorScheme: "light" })).newPage();
    page.on("pageerror", (error) => problems.push(error.message));
    await page.goto((await test.call(createCode, {})).url);
    await page.getByRole("heading", { name: "Analyses" }).waitFor();
    await page.evaluate(() => (location.hash = "#/beq/conditions"));
    await page.getByRole("tab", { name: "Measures" }).waitFor();
  });
  after(async () => {
    await browser.close();
    await test[Symbol.asyncDispose]();
  });
  afterEach(() => assert.deepEqual(problems, []));

  /** Nothing serious in any theme; at 320 px nothing is wider than the window. */
  const look = async (name: string): Promise<void> => {
    await checkEachTheme(page, name);
    await page.setViewportSize({ width: 320, height: 640 });
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (pictures !== undefined)
      await page.screenshot({ path: path.join(pictures, `${name}-narrow.png`), fullPage: true });
    assert.ok(overflow <= 0, `${overflow} px wider than the window`);
    await page.setViewportSize({ width: 1200, height: 900 });
    await page.emulateMedia({ colorScheme: "light", contrast: null });
  };

  it("shows means by condition, which a person can be left out of", async () => {
    await page.getByRole("tab", { name: "Measures" }).click();
    await page.getByRole("button", { name: "Measure" }).click();
    const means = page.getByRole("region", { name: /means over people/ });
    await means.waitFor({ timeout: 60_000 });
    const row = () => means.getByRole("row", { name: /comedy/ }).innerText();
    assert.match(await row(), /comedy\s+12\s/);
    await look("measures");
    await page
      .getByRole("region", { name: /People/ })
      .getByText("p03")
      .click();
    await means.getByRole("row", { name: /comedy\s+11\s/ }).waitFor();
    const people = page.getByRole("region", { name: /People/ });
    await people.getByRole("button", { name: "Sort by drama" }).click();
    await people.getByRole("button", { name: "Sort by drama, rising now" }).click();
    const values = await people.locator("tbody tr td:nth-child(4)").allInnerTexts();
    assert.deepEqual(
      values,
      values.toSorted((a, b) => Number(b) - Number(a)),
    );
  });

  it("shows what clips show, and changes it", async () => {
    await page.getByRole("tab", { name: "Clips" }).click();
    const facts = page.getByRole("button", { name: /: what .* shows/ }).nth(1);
    await facts.click();
    await page.getByRole("textbox", { name: "Condition" }).fill("satire");
    await page.getByLabel(/Events, one a line/).fill("1 2.5 laugh");
    await look("clips");
    await page.getByRole("button", { name: "Save" }).click();
    await page
      .getByRole("button", { name: /: what .* shows/ })
      .getByText("satire, comedy 1, 1 event")
      .waitFor();
    await page.getByText("Link many clips").click();
    await page.getByRole("button", { name: "Preview" }).click();
    await page.getByRole("region", { name: "What would be linked" }).waitFor();
    await look("links");
  });
});
