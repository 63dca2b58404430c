import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { startAnalysis } from "../../shared/protocol/analyses.ts";
import type { Browser, Page } from "playwright-core";
import type { Runner } from "../../daemon/analysis/kind.ts";
import { addAnalysis, makeStudy } from "../integration/studies/study.ts";
import { startTestDaemon, type TestDaemon } from "../integration/testDaemon.ts";
import { syntheticAnalysis, syntheticFrames, syntheticSpeech } from "../support/syntheticResult.ts";
import { launchChromium } from "./chromium.ts";
import { checkEachTheme, pictures } from "./eachTheme.ts";

/** Clips whose names say how many are in them; any other has three faces. */
const clips: Readonly<Record<string, { readonly faces: number; readonly voices?: number }>> = {
  "eighteen.mp4": { faces: 18 },
  "conversation.mp4": { faces: 2, voices: 2 },
};

const analyse: Runner = async ({ id, mediaPath, outDir }) => {
  const options = { id, durationMs: 4000, ...(clips[path.basename(mediaPath)] ?? { faces: 3 }) };
  const put = (name: string, lines: readonly object[]) =>
    writeFile(path.join(outDir, name), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  await put("frames.jsonl", syntheticFrames(options));
  await put("speech.jsonl", syntheticSpeech(options));
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
    test = await startTestDaemon({ run: analyse });
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

  it("that is a picture on a wall has its place excluded", async () => {
    await page.getByRole("tab", { name: "People" }).click();
    await page.getByRole("combobox", { name: "What is so" }).click();
    await page.getByRole("option", { name: "is a picture" }).click();
    await page.getByRole("button", { name: "Correct", exact: true }).click();
    const said = page.getByRole("row", { name: /counts for nothing, in a region/ });
    await said.waitFor();
    await page.getByRole("tab", { name: "Summary" }).click();
    await page.getByRole("rowheader", { name: "Face 2", exact: true }).waitFor();
    await page.getByRole("rowheader", { name: "Face 1", exact: true }).waitFor({ state: "detached" });
    await page.getByRole("tab", { name: "People" }).click();
    await said.getByRole("button", { name: "Undo" }).click();
    await page.getByRole("row", { name: /in a region.*taken back/ }).waitFor();
  });

  for (const [sentence, text, said] of [
    ["is the same person as", undefined, /^Face 1 is face 2 .*kim/],
    ["is the participant", "p2", /^Face 1 is participant p2 .*kim/],
    ["is nobody who matters", undefined, /^Face 1 is ignored .*kim/],
  ] as const)
    it(`that ${sentence} somebody says is so in the summary, until it is taken back`, async () => {
      await page.getByRole("tab", { name: "People" }).click();
      const form = page.getByRole("group", { name: "Correct a face" });
      await form.getByRole("combobox", { name: "Face", exact: true }).click();
      await page.getByRole("option", { name: "Face 1", exact: true }).click();
      await form.getByRole("combobox", { name: "What is so" }).click();
      await page.getByRole("option", { name: sentence }).click();
      if (text !== undefined) await form.getByRole("textbox", { name: "Pseudonym" }).fill(text);
      await form.getByRole("button", { name: "Correct", exact: true }).click();
      const row = page.getByRole("row", { name: said });
      await row.waitFor();
      const own = page.getByRole("rowheader", { name: "Face 1", exact: true });
      await page.getByRole("tab", { name: "Summary" }).click();
      await page.getByRole("rowheader", { name: "Face 3", exact: true }).waitFor();
      await own.waitFor({ state: "detached" });
      await page.getByRole("tab", { name: "People" }).click();
      await row.getByRole("button", { name: "Undo" }).click();
      await page.getByRole("row", { name: new RegExp(`${said.source}.*taken back by kim`) }).waitFor();
      await page.getByRole("tab", { name: "Summary" }).click();
      await own.waitFor();
    });

  /** Shows the result of a clip of this name. */
  const show = async (name: string): Promise<void> => {
    const mediaPath = path.join(test.clips, name);
    await writeFile(mediaPath, Buffer.alloc(1000, 7));
    const { analysis } = await test.call(startAnalysis, { mediaPath });
    await page.evaluate((to) => (location.hash = `#/analysis/${to}`), analysis.id);
  };

  it("are heard as well: a voice is named, and rows, tables and turns follow", async () => {
    await show("conversation.mp4");
    await page.getByRole("tab", { name: "People" }).click();
    const form = page.getByRole("group", { name: "Correct a voice" });
    await form.getByRole("textbox", { name: "Name", exact: true }).fill("Lin");
    await form.getByRole("button", { name: "Correct the voice" }).click();
    await page.getByRole("row", { name: /Voice 1 is called Lin/ }).waitFor();
    await page.getByRole("button", { name: "Lin (voice 1)" }).click();
    await checkEachTheme(page, "voices-people");
    await page.getByRole("tab", { name: "Summary" }).click();
    await page.getByRole("rowheader", { name: "Lin (voice 1)" }).waitFor();
    await page.getByRole("rowheader", { name: "Voice 2", exact: true }).waitFor();
    await checkEachTheme(page, "voices-summary");
    await page.locator(".exports summary").click();
    for (const [name, file] of [
      ["Emotion, from, to, person, CSV", "synthetic.states.csv"],
      ["All of it, ZIP", "conversation.edin.zip"],
    ] as const) {
      const [saved] = await Promise.all([
        page.waitForEvent("download"),
        page.locator(".exports").getByText(name, { exact: true }).click(),
      ]);
      assert.equal(saved.suggestedFilename(), file);
    }
    await page.keyboard.press("Escape");
    await page.setViewportSize({ width: 320, height: 640 });
    await page.waitForFunction(() => document.documentElement.scrollWidth <= innerWidth);
    await page.setViewportSize({ width: 1200, height: 900 });
  });

  it("of whom there are eighteen are seen at once, one line each, with the video, and opened, moved and pinned one by one", async () => {
    await show("eighteen.mp4");
    const headings = page.locator(".group-heading").filter({ hasText: /^\s*Face \d+/ });
    await page.waitForFunction(
      () =>
        [...document.querySelectorAll(".group-heading")].filter((one) => /Face/.test(one.textContent))
          .length === 18,
    );
    await page.getByText(/^Loading: /).waitFor({ state: "detached" });
    await page.setViewportSize({ width: 1280, height: 1000 });
    await page.evaluate(() => scrollTo(0, 0));
    assert.deepEqual(
      await headings.evaluateAll((all) => all.map((one) => one.getAttribute("aria-expanded"))),
      Array.from({ length: 18 }, () => "false"),
    );
    if (pictures !== undefined) await page.screenshot({ path: path.join(pictures, "eighteen.png") });
    const lowest = await headings.last().evaluate((one) => one.getBoundingClientRect().bottom - innerHeight);
    assert.ok(lowest <= 0, `the last face lies ${lowest} px below the window`);
    assert.ok(await page.locator(".stage").evaluate((one) => one.getBoundingClientRect().top >= 0));
    await headings.nth(6).click();
    await page.locator(".layer-title.series").first().waitFor();
    await page.getByText("Rows", { exact: true }).click();
    await page.getByRole("button", { name: "Keep Face 18 at the top" }).click();
    await page.keyboard.press("Escape");
    assert.match(await headings.first().innerText(), /Face 18/);
  });
});
