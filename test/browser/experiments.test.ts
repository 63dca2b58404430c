import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { listAnalyses } from "../../shared/protocol/analyses.ts";
import { experimentTableSchema, listExperiments } from "../../shared/protocol/experimentTable.ts";
import { edin } from "../integration/edin.ts";
import { makePhotoClip } from "../support/photoClip.ts";
import { checkFigures } from "./checkFigures.ts";
import { launchChromium } from "./chromium.ts";
import { TestDaemon } from "./daemon.ts";
import { checkEachTheme, pictures } from "./eachTheme.ts";

describe("experiments and comparisons in Chromium", function () {
  this.timeout(300_000);
  let daemon: TestDaemon;
  let browser: Browser;
  let page: Page;
  const problems: string[] = [];
  let clip: string;

  before(async () => {
    daemon = await TestDaemon.start();
    const folder = path.join(daemon.folder, "study");
    await mkdir(folder);
    clip = await makePhotoClip(path.join(folder, "clip.mp4"), 2);
    const file = path.join(folder, "detectors.experiment.yaml");
    await writeFile(
      file,
      [
        "title: Two detectors",
        'clips: ["*.mp4"]',
        "runs:",
        "  - name: yunet",
        "  - name: ssdlite",
        "    networks: { face: face-ssdlite }",
        "    config: { detectEveryFrames: 1 }",
      ].join("\n"),
    );
    const { code, stderr } = await edin(["experiment", file, "--device", "cpu"]);
    assert.equal(code, 0, stderr);
    browser = await launchChromium();
    page = await (await browser.newContext({ colorScheme: "light" })).newPage();
    page.on("pageerror", (error) => problems.push(error.message));
    await page.goto(await daemon.pageUrl());
    await page.getByRole("heading", { name: "Analyses" }).waitFor();
  });
  after(async () => {
    await browser.close();
    await daemon[Symbol.asyncDispose]();
  });
  afterEach(() => assert.deepEqual(problems, []));

  const look = async (name: string): Promise<void> => {
    await checkEachTheme(page, name);
    await page.setViewportSize({ width: 320, height: 640 });
    if (pictures !== undefined)
      await page.screenshot({ path: path.join(pictures, `${name}-narrow.png`), fullPage: true });
    await page.waitForFunction(() => document.documentElement.scrollWidth <= innerWidth);
    await page.setViewportSize({ width: 1200, height: 900 });
    await page.emulateMedia({ colorScheme: "light", contrast: null });
  };

  it("list an experiment; its table is sorted, filtered, has the columns one wants and differences to a base", async () => {
    await page.getByRole("link", { name: "Experiments" }).click();
    await page.getByRole("link", { name: "Two detectors" }).click();
    await page.getByText("Done: 2 of 2 analyses").waitFor();
    const rows = page.getByRole("region", { name: "Two detectors: analyses" }).locator("tbody tr");
    const heads = () => rows.locator("th").allInnerTexts();
    await rows.nth(1).waitFor();
    assert.deepEqual(await heads(), ["yunet", "ssdlite"]);
    await page.getByRole("button", { name: "Sort by run" }).click();
    assert.deepEqual(await heads(), ["ssdlite", "yunet"]);
    await page.getByText("Columns", { exact: true }).click();
    await page.getByText("blinksPerMinute", { exact: true }).waitFor();
    await page.getByText("resultSha256", { exact: true }).click();
    await page.keyboard.press("Escape");
    await page.getByRole("columnheader", { name: /resultSha256/ }).waitFor();
    await page.getByText("Differences to the base").click();
    await rows
      .first()
      .getByText(/^[+-]?0(\.\d+)?$/)
      .first()
      .waitFor();
    await look("experiment");
    await page.getByRole("textbox", { name: "Filter the rows" }).fill("ssd clip.mp4");
    await page.waitForFunction(() => document.querySelectorAll("tbody tr").length === 1);
    await page.getByRole("textbox", { name: "Filter the rows" }).fill("");
    await page.getByRole("combobox", { name: "Rows" }).click();
    await page.getByRole("option", { name: "each run, over its clips" }).click();
    await page.getByRole("region", { name: "Two detectors: runs, over their clips" }).waitFor();
    await page.getByRole("img", { name: /mean over clips/ }).waitFor();
    await checkFigures(page, { "Two detectors: ": ["yunet", "ssdlite", "Run"] });
    await look("experiment-runs");
    await page.getByRole("combobox", { name: "Rows" }).click();
    await page.getByRole("option", { name: "each analysis" }).click();
  });

  it("lay two results of it over each other on one timeline with a row of differences", async () => {
    await page.getByRole("link", { name: "over yunet" }).click();
    await page.getByRole("heading", { name: "clip.mp4: two results" }).waitFor();
    const titles = page.locator(".layer-title b");
    await titles.nth(3).waitFor();
    const texts = await titles.allInnerTexts();
    assert.equal(texts[3], "Difference");
    const agreed = page.getByRole("region", { name: "Everything that both results speak about" });
    await agreed.getByRole("row", { name: /Face 1: face \d/ }).waitFor();
    await page
      .getByRole("region", { name: /Settings, networks/ })
      .getByRole("row", { name: /network: face\s+\S+\s+face-ssdlite/ })
      .waitFor();
    await page.waitForFunction(() => (document.querySelector("video")?.readyState ?? 0) > 1);
    await look("compare");
    await page.locator(".exports summary").click();
    const [drawn] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Figure, SVG" }).click(),
    ]);
    assert.equal(drawn.suggestedFilename(), "clip-compared.svg");
    const svg = await readFile(await drawn.path(), "utf8");
    for (const word of ["Time", "Difference", "happy"]) assert.ok(svg.includes(`>${word}<`), word);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Show the timeline as a table" }).click();
    await page.getByRole("region", { name: /^Difference of the two results/ }).waitFor();
  });

  it("start from a form that offers network, device and detection rate, and remembers the last choice", async () => {
    await page.evaluate(() => (location.hash = "#/analyses"));
    const choose = async (name: string, option: string): Promise<void> => {
      await page.getByRole("combobox", { name }).click();
      await page.getByRole("option", { name: option }).click();
    };
    await page.getByRole("button", { name: "Settings" }).click();
    await choose("Look for new faces", "in every frame");
    await choose("Device", "processor");
    await choose("Network: face", "face-ssdlite");
    await page.getByRole("textbox", { name: "Faces followed" }).fill("3");
    await look("start");
    await page.getByRole("textbox", { name: "Path of a clip" }).fill(clip);
    await page.getByRole("button", { name: "Analyse", exact: true }).click();
    await page.getByRole("link", { name: "clip.mp4" }).waitFor();
    const { analyses } = await daemon.call(listAnalyses, {});
    assert.equal(analyses[0]!.device, "cpu");
    assert.deepEqual(analyses[0]!.config, {
      ...{ maxFaces: 3, detectEveryFrames: 1, networks: { face: "face-ssdlite" } },
    });
    await page.reload();
    await page.getByRole("button", { name: "Settings" }).click();
    await page.getByRole("combobox", { name: "Network: face" }).getByText("face-ssdlite").waitFor();
  });

  it("compare two analyses of the page's own table", async () => {
    await daemon.analyse(clip, "evm");
    await page.evaluate(() => (location.hash = "#/analyses"));
    await page.getByRole("button", { name: "Compare clip.mp4 with another result" }).first().click();
    await page.getByRole("button", { name: "Compare it with this result of clip.mp4" }).first().click();
    await page.getByRole("row", { name: /Face 1: face \d/ }).waitFor({ timeout: 60_000 });
    await page.getByRole("row", { name: /^pipeline/ }).waitFor();
  });

  it("grow by themselves while an experiment runs", async () => {
    const file = path.join(daemon.folder, "study/detectors.results/experiment.json");
    const done = await readFile(file, "utf8");
    const table = experimentTableSchema.parse(JSON.parse(done));
    /** The file as the command has left it after its first analysis. */
    const half = (share: number) => ({
      ...{ ...table, state: "running", updatedAt: new Date().toISOString() },
      rows: table.rows.map((row, i) =>
        i === 0 ? row : { ...row, state: "running", share, framesPerSecond: 20, values: {} },
      ),
    });
    await writeFile(file, JSON.stringify(half(0.25)));
    await page.getByRole("link", { name: "Experiments" }).click();
    await page.getByRole("link", { name: "Two detectors" }).click();
    await page.getByText("Runs: 1 of 2 analyses").waitFor();
    const rows = page.getByRole("region", { name: "Two detectors: analyses" });
    await rows.getByRole("row", { name: /ssdlite clip\.mp4 .*25 %/ }).waitFor();
    await writeFile(file, JSON.stringify(half(0.75)));
    await rows.getByRole("row", { name: /ssdlite clip\.mp4 .*75 %/ }).waitFor();
    await writeFile(file, done);
    await page.getByText("Done: 2 of 2 analyses").waitFor();
    await rows.getByRole("row", { name: /ssdlite clip\.mp4 done/ }).waitFor();
  });

  it("say that an experiment is stopped that is not heard of any more, and read no results through links", async () => {
    const file = path.join(daemon.folder, "study/detectors.results/experiment.json");
    const table = JSON.parse(await readFile(file, "utf8")) as Record<string, unknown>;
    await writeFile(
      file,
      JSON.stringify({ ...table, state: "running", updatedAt: "2026-01-01T00:00:00.000Z" }),
    );
    const { experiments } = await daemon.call(listExperiments, {});
    assert.deepEqual(
      experiments.map(({ state, analyses, done }) => [state, analyses, done]),
      [["stopped", 2, 2]],
    );
  });
});
