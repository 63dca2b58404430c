import assert from "node:assert/strict";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Browser, Page } from "playwright-core";
import { runAnalysis } from "../../daemon/analysis/run.ts";
import type { Models } from "../../daemon/inference/models.ts";
import { getAnalysis, startAnalysis } from "../../shared/protocol/analyses.ts";
import { getCorrections } from "../../shared/protocol/corrections.ts";
import { getStudyFaces } from "../../shared/protocol/studyFaces.ts";
import { linkAnalysis } from "../../shared/protocol/studyRoutes.ts";
import { makeStudy } from "../integration/studies/study.ts";
import { startTestDaemon, type TestDaemon } from "../integration/testDaemon.ts";
import { makePhotoClip, type Shot } from "../support/photoClip.ts";
import { openProductModels } from "../support/productModels.ts";
import { until } from "../support/until.ts";
import { launchChromium } from "./chromium.ts";
import { checkEachTheme, pictures } from "./eachTheme.ts";

/** Two of four people who stand side by side: the second of the left view is the first of the middle one. */
const views = { left: 0, middle: 330 } as const;

describe("faces across the clips of a study in Chromium", function () {
  this.timeout(300_000);
  let models: Models;
  let test: TestDaemon;
  let browser: Browser;
  let page: Page;
  let study: string;
  const clips: string[] = [];

  before(async () => {
    models = await openProductModels();
    test = await startTestDaemon({ run: (request, context) => runAnalysis(request, { models, ...context }) });
    const { first, second, ...made } = await makeStudy(test, { agreed: true });
    study = made.study;
    for (const [name, session] of [
      ["left", first],
      ["middle", second],
    ] as const) {
      const x = views[name];
      const shot: Shot = { photo: "sample4.jpg", seconds: 0.4, from: [x, 60], to: [x + 4, 60] };
      const mediaPath = await makePhotoClip(path.join(test.clips, `${name}.mp4`), [shot]);
      const { id } = (await test.call(startAnalysis, { mediaPath })).analysis;
      await until(async () => (await test.call(getAnalysis, { id })).analysis.state === "done", 120_000);
      await test.call(linkAnalysis, { session, analysis: id, role: "stimulus" });
      clips.push(id);
    }
    browser = await launchChromium();
    page = await (await browser.newContext({ colorScheme: "light" })).newPage();
    await page.goto(test.daemon.createPageUrl());
    await page.getByRole("heading", { name: "Analyses" }).waitFor();
    await page.evaluate((to) => (location.hash = `#/beq/${to}`), study);
    await page.getByRole("tab", { name: "Faces" }).click();
  });
  after(async () => {
    await browser.close();
    await test[Symbol.asyncDispose]();
    await models[Symbol.asyncDispose]();
  });

  const pair = () => page.getByRole("group", { name: /left\.mp4, face \d and middle\.mp4, face \d|middle/ });
  const decided = () => page.getByRole("table", { name: "Decided" });
  /** Presses a button by key, as soon as it can be pressed. */
  const press = async (name: string): Promise<void> => {
    const button = page.getByRole("button", { name, exact: true });
    await button.and(page.locator(":enabled")).waitFor();
    await button.press("Enter");
  };
  const corrected = async () => {
    const answers = await Promise.all(clips.map((id) => test.call(getCorrections, { id })));
    return answers.map(({ entries }) =>
      entries.filter(({ undone }) => undone === undefined).map(({ by, correction }) => ({ by, correction })),
    );
  };

  it("are compared when somebody asks, and shown with both pictures and their likeness; nothing is decided", async () => {
    await page.getByRole("textbox", { name: "Your name" }).fill("kim");
    await press("Compare the faces");
    await pair().waitFor({ timeout: 120_000 });
    assert.equal(await pair().count(), 1, "of five faces one pair is one person's");
    await pair()
      .getByText(/^Likeness 0\.9\d\d: rarer among two people than was measured$/)
      .waitFor();
    await page.waitForFunction(
      () =>
        [...document.querySelectorAll<HTMLImageElement>(".alike img")].filter(
          (one) => one.naturalWidth === 128,
        ).length === 2,
    );
    assert.match(await decided().innerText(), /Nothing yet\./);
    assert.deepEqual(await corrected(), [[], []]);
    await checkEachTheme(page, "faces");
    await page.setViewportSize({ width: 320, height: 640 });
    if (pictures !== undefined)
      await page.screenshot({ path: path.join(pictures, "faces-narrow.png"), fullPage: true });
    await page.waitForFunction(() => document.documentElement.scrollWidth <= innerWidth);
    await page.setViewportSize({ width: 1200, height: 900 });
  });

  it("are two people where somebody says so by key, which is remembered and taken back", async () => {
    await press("Two people");
    const said = decided().getByRole("row", { name: /two people.*kim/ });
    await said.waitFor();
    await pair().waitFor({ state: "detached" });
    // Slow answers: from the press on nothing can be decided until the search has ended.
    await page.route(/\/faces$/, async (route) => {
      await sleep(300);
      await route.continue();
    });
    await press("Compare the faces again");
    const takeBack = page.getByRole("button", { name: "Take back" });
    await takeBack.and(page.locator(":enabled")).waitFor({ timeout: 120_000 });
    assert.equal((await test.call(getStudyFaces, { study })).search?.state, "done");
    await page.unroute(/\/faces$/);
    await page.getByText("No further faces are likely one person's.").waitFor();
    await press("Take back");
    await pair().waitFor();
    assert.deepEqual(await corrected(), [[], []]);
  });

  it("are one participant's where somebody says so, in both clips, until that is taken back", async () => {
    const who = pair().getByRole("combobox", { name: /^Who .* are$/ });
    await who.focus();
    await who.press("ArrowDown");
    const option = page.getByRole("option", { name: "p2", exact: true });
    await option.waitFor();
    await option.click();
    await press("One person");
    await decided()
      .getByRole("row", { name: /one person: p2.*kim/ })
      .waitFor();
    for (const entries of await corrected())
      assert.deepEqual(
        entries.map(({ by, correction }) => [
          by,
          correction.action === "participant" && correction.participant,
        ]),
        [["kim", "p2"]],
      );
    await checkEachTheme(page, "faces-decided");
    await press("Take back");
    await pair().waitFor();
    assert.deepEqual(await corrected(), [[], []]);
  });
});
