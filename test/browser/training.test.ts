import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import type { Page } from "playwright-core";
import { listModels } from "../../shared/protocol/system.ts";
import { makePictures } from "../support/madeUpPictures.ts";
import { visitDaemon, type Visit } from "./chromium.ts";
import type { TestDaemon } from "./daemon.ts";
import { checkFigures } from "./checkFigures.ts";
import { checkEachTheme } from "./eachTheme.ts";
import { saysUnderPointer } from "./underPointer.ts";

/** A training as people watch it. */
describe("trainings in Chromium", function () {
  this.timeout(400_000);
  let visit: Visit;
  let daemon: TestDaemon;
  let page: Page;

  before(async () => {
    visit = await visitDaemon();
    ({ daemon, page } = visit);
    await makePictures(path.join(daemon.folder, "set"), { each: 12 });
  });
  after(() => visit[Symbol.asyncDispose]());
  afterEach(() => assert.deepEqual(visit.problems, []));

  it("are watched by epoch, stopped early, judged, and used", async () => {
    const file = path.join(daemon.folder, "bright.training.yaml");
    const yaml = [
      "title: Where it is bright",
      "data: {path: set, validation: 0.4}",
      "network: {backbone: compact, width: 0.25, input: 24}",
      "train: {epochs: 600, batch: 16, rate: 0.0001, stopAfter: 600, seeds: [1, 2]}",
    ];
    await writeFile(file, yaml.join("\n"));
    await page.getByRole("link", { name: "Training", exact: true }).click();
    // Chosen from the granted folders, where nothing but training files is listed.
    await page.getByRole("button", { name: "Choose training file" }).click();
    await page.getByRole("button", { name: daemon.folder }).click();
    await page.getByRole("button", { name: /^bright\.training\.yaml/ }).click();
    await page.getByRole("button", { name: "Train", exact: true }).click();
    await page.waitForURL(/#\/training\/[\w-]{36}$/);
    const loss = page.locator("figure", { hasText: "Loss" });
    await loss.getByRole("img", { name: /Loss by epoch, now \d/ }).waitFor({ timeout: 200_000 });
    await loss.getByText("Table").click();
    // It grows by itself.
    await loss.getByRole("rowheader", { name: "3", exact: true }).waitFor({ timeout: 100_000 });
    await page.getByText(/^epoch \d+ of 600, seed 1 of 2$/).waitFor();
    // The first epoch lies at the left end of the axis.
    await saysUnderPointer({ chart: loss.getByRole("img"), share: 44 / 360 }, /Epoch 1Validation \d/);
    await checkEachTheme(page, "training-runs");
    await page.getByRole("button", { name: "Stop early, keep the best" }).click();
    await page.getByRole("button", { name: "Use for analyses" }).waitFor({ timeout: 200_000 });
    await page.getByRole("region", { name: "Confusion matrix" }).waitFor();
    const chart = page.getByRole("img", { name: /^Reliability diagram/ });
    await saysUnderPointer(
      { chart, share: 0.92 },
      /sure 0\.90 to 1\.00(no sample|right [01]\.\d{3}\d+ samples?)/,
    );
    await page
      .getByRole("region", { name: "By label" })
      .getByRole("row", { name: /^surprise/ })
      .waitFor();
    await checkFigures(page, {
      "Loss by epoch": ["Epoch", "Loss", "validation", "training"],
      "Confusion matrix": ["truth ↓", "answer →", "surprise"],
      Reliability: ["confidence", "accuracy"],
    });
    await checkEachTheme(page, "training-done");
    // What is hardly learned makes mistakes, and shows them.
    if ((await page.locator(".worst img").count()) > 0)
      await page.waitForFunction(
        (img) => img instanceof HTMLImageElement && img.naturalWidth > 0,
        await page.locator(".worst img").first().elementHandle(),
      );
    await page.getByRole("button", { name: "Show a picture without its noise" }).click();
    const pictures = page.getByRole("region", { name: "Noise" }).getByRole("img");
    await pictures.nth(5).waitFor({ timeout: 60_000 });
    assert.equal(await pictures.count(), 6);
    const sources = await pictures.evaluateAll((all) => all.map((img) => (img as HTMLImageElement).src));
    assert.equal(new Set(sources).size, 6);
    await page.getByRole("button", { name: "Use for analyses" }).click();
    await page.getByText("Analyses use bright for expression from now on.").waitFor();
    const { models } = await daemon.call(listModels, {});
    assert.ok(models.some(({ id, default: used }) => id === "bright" && used));
    await page.getByRole("button", { name: "Remove from the list" }).click();
    await page.getByText("Nothing has been trained yet.").waitFor();
  });

  it("are measured by group and calibrated on the page, and go back", async () => {
    const rows = [
      "subject,site",
      ...Array.from({ length: 8 }, (_, i) => `p${i},${i < 6 ? "town" : "country"}`),
    ];
    await writeFile(path.join(daemon.folder, "groups.csv"), rows.join("\n"));
    await page.getByRole("link", { name: "Models", exact: true }).click();
    const card = page.getByRole("article", { name: "Where it is bright" });
    await card.getByText("Evaluate and calibrate on files of your own").click();
    await card.getByRole("textbox", { name: "Labelled files" }).fill(path.join(daemon.folder, "set"));
    await card.getByRole("textbox", { name: "Table of groups" }).fill(path.join(daemon.folder, "groups.csv"));
    await card.getByRole("button", { name: "Evaluate", exact: true }).click();
    const groups = card.getByRole("region", { name: /^Groups and intersections/ });
    const row = (name: string) => groups.getByRole("row", { name: new RegExp(`^site ${name} `) });
    await row("town").waitFor({ timeout: 200_000 });
    // Six persons of town are tested, two of country are too few to be.
    assert.match((await row("town").textContent())!, /^site town306/);
    assert.match((await row("country").textContent())!, /too few to be judged/);
    const chart = card.getByRole("img", { name: /^Accuracy of each group/ });
    await saysUnderPointer({ chart, share: 0.5, down: 0.01 }, /site \w+accuracy [01]\.\d+.*\d+ files/);
    await checkFigures(page, { "Accuracy by group": ["site town", "site country (too few)"] });
    await checkEachTheme(page, "fairness");
    await card.getByRole("button", { name: "Calibrate", exact: true }).click();
    await card.getByText(/bright is calibrated to 36 files of 8 persons/).waitFor({ timeout: 200_000 });
    await card.getByRole("button", { name: "Take the calibration away" }).click();
    await card.getByText(/^Calibrated to/).waitFor({ state: "detached" });
  });
});
