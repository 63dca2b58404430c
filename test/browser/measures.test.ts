import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { createCode } from "../../shared/protocol/system.ts";
import { importStudy } from "../../shared/protocol/studyArchives.ts";
import { edin } from "../integration/edin.ts";
import { packFolder } from "../integration/studies/study.ts";
import { startTestDaemon, type TestDaemon } from "../integration/testDaemon.ts";
import { readZip } from "../support/readZip.ts";
import { until } from "../support/until.ts";
import { writeConditionStudy } from "../support/conditionStudy.ts";
import { checkFigures } from "./checkFigures.ts";
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
    await checkFigures(page, { "face.valence.mean": ["comedy", "news", "drama", "valence"] });
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

  it("measures against clips at rest, or against an event that is chosen", async () => {
    await page.getByText("Minus baseline", { exact: true }).click();
    const change = page.getByRole("region", { name: /minus baseline.*means over people/ });
    const mean = async () => (await change.getByRole("row", { name: /comedy/ }).innerText()).split(/\s+/)[2]!;
    assert.ok(Number(await mean()) > 0.3, `${await mean()} over rest`);
    await page.getByRole("combobox", { name: "Baseline" }).click();
    await page.getByRole("option", { name: "during joke" }).click();
    await page.getByRole("button", { name: "Measure again" }).click();
    await until(async () => Number(await mean()) < 0.3, 60_000, "means that are held against the joke");
    await page.getByRole("textbox", { name: "Threshold of the share of time" }).fill("much");
    await page.getByRole("button", { name: "Measure again" }).click();
    await page.getByText("The threshold is a number from -1 to 1").waitFor();
    await page.getByRole("textbox", { name: "Threshold of the share of time" }).fill("0.5");
    await page.getByRole("combobox", { name: "Baseline" }).click();
    await page.getByRole("option", { name: "clips at rest" }).click();
    await page.getByRole("button", { name: "Measure again" }).click();
    await until(async () => Number(await mean()) > 0.3, 60_000, "means that are held against rest");
    await page.getByText("Minus baseline", { exact: true }).click();
  });

  it("gives the notebook as a ZIP, which is what the command line writes", async () => {
    const saved = page.waitForEvent("download");
    await page.getByRole("link", { name: "Notebook, ZIP" }).click();
    const packed = await readZip(await readFile(await (await saved).path()));
    assert.deepEqual(Object.keys(packed).sort(), [
      "study.Rmd",
      "study.ipynb",
      "table.codebook.md",
      "table.csv",
    ]);
    assert.match(packed["table.csv"]!, /^participant,condition,event,measure,/);
    assert.match(packed["table.codebook.md"]!, /Valence is the probability of happy minus the strongest of/);
    const notebook = JSON.parse(packed["study.ipynb"]!) as { nbformat: number; cells: unknown[] };
    assert.deepEqual([notebook.nbformat, notebook.cells.length > 5], [4, true]);
    assert.match(packed["study.Rmd"]!, /wanted <- "face\.valence\.mean"/);
    const at = (name: string) => path.join(test.place.dataDir, name);
    const write = ["study", "notebook", "conditions", "--data-dir", test.place.dataDir, "--out"];
    for (const out of ["notebook.zip", "notebook"]) {
      const { code, stderr } = await edin([...write, at(out)]);
      assert.equal(code, 0, stderr);
    }
    assert.deepEqual(await readZip(await readFile(at("notebook.zip"))), packed);
    for (const [name, text] of Object.entries(packed))
      assert.equal(await readFile(path.join(at("notebook"), name), "utf8"), text);
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
