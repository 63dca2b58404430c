import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { formatLabels, parseLabels, type LabelsDocument } from "../../shared/labels/document.ts";
import { createLabels } from "../../shared/protocol/labelRoutes.ts";
import { makePhotoClip } from "../support/photoClip.ts";
import { seriousProblems } from "./axe.ts";
import { checkFigures } from "./checkFigures.ts";
import { launchChromium } from "./chromium.ts";
import { TestDaemon } from "./daemon.ts";
import { checkEachTheme, pictures } from "./eachTheme.ts";
import { saysUnderPointer } from "./underPointer.ts";

describe("labels on the page in Chromium", function () {
  this.timeout(120_000);
  let daemon: TestDaemon;
  let browser: Browser;
  let page: Page;
  let file: string;
  const problems: string[] = [];

  before(async function () {
    this.timeout(420_000);
    daemon = await TestDaemon.start();
    const clip = await makePhotoClip(path.join(daemon.folder, "one.mp4"), 4);
    file = (await daemon.call(createLabels, { clip, annotator: "a01", scheme: "emotions" })).path;
    browser = await launchChromium();
    page = await browser.newPage({ viewport: { width: 1280, height: 900 }, colorScheme: "light" });
    page.on("pageerror", (error) => problems.push(error.message));
    await page.goto(await daemon.pageUrl());
    await page.getByRole("navigation").getByRole("link", { name: "Labels" }).click();
    await page.getByRole("link", { name: "one.a01.labels.json" }).click();
    await page.getByRole("slider", { name: "Position in the clip" }).waitFor();
    await page.locator("video").evaluate(async (video: HTMLVideoElement) => {
      while (video.readyState < 2) await new Promise((resolve) => setTimeout(resolve, 50));
    });
    // The rate of frames comes with the clip's waveform.
    await page.locator(".layer-title", { hasText: "Sound" }).waitFor({ timeout: 60_000 });
  });
  after(async () => {
    await browser.close();
    await daemon[Symbol.asyncDispose]();
  });
  afterEach(() => assert.deepEqual(problems, []));

  /** The file on disk, once it says what is expected. */
  async function saved(expected: (document: LabelsDocument) => boolean): Promise<LabelsDocument> {
    const until = Date.now() + 20_000;
    for (;;) {
      const document = parseLabels(await readFile(file, "utf8"));
      if (expected(document)) return document;
      assert.ok(Date.now() < until, JSON.stringify(document));
      await page.waitForTimeout(100);
    }
  }
  const rows = ({ annotations }: LabelsDocument) =>
    annotations.map(({ tier, label, startMs, endMs }) => [tier, label, startMs, endMs]);
  const press = async (...keys: string[]): Promise<void> => {
    for (const key of keys) await page.keyboard.press(key);
  };
  const said = (): Promise<string> => page.locator("[aria-live=polite]").innerText();

  it("draws the waveform as soon as it has come, between axis and tiers", async () => {
    await page.waitForFunction(() => {
      const canvas = document.querySelector<HTMLCanvasElement>(".timeline-axis")!;
      // The axis is 26 pixels high, the sound 44; with its grid alone it would hold some dozen columns.
      const [top, height] = [canvas.height * (30 / 70), canvas.height * (36 / 70)];
      const pixels = canvas.getContext("2d")!.getImageData(0, top, canvas.width, height).data;
      const filled = pixels.filter((value, i) => i % 4 === 3 && value > 0).length;
      return canvas.clientHeight === 70 && filled > canvas.width / 2;
    });
  });

  it("labels by keys alone: a key begins, another ends and begins, the same ends", async () => {
    await press("h");
    assert.match(await said(), /happy begins at 0:00.000/);
    await press("Shift+ArrowRight", "n", "Shift+ArrowRight", "n");
    const document = await saved(({ annotations }) => annotations.length === 2);
    assert.deepEqual(rows(document), [
      ["face", "happy", 0, 1000],
      ["face", "neutral", 1000, 2000],
    ]);
  });

  it("splits, corrects, nudges by a frame, and undoes", async () => {
    await press("Home", "Control+ArrowRight");
    // The first after the start is the second one.
    await press("Control+ArrowLeft", "s");
    assert.deepEqual(rows(await saved(({ annotations }) => annotations[0]?.label === "sad"))[0], [
      "face",
      "sad",
      0,
      1000,
    ]);
    await press("Shift+<");
    assert.equal((await saved(({ annotations }) => annotations[0]?.endMs === 960)).annotations.length, 2);
    await press(
      "Escape",
      "Home",
      "ArrowRight",
      "ArrowRight",
      "ArrowRight",
      "ArrowRight",
      "ArrowRight",
      "Shift+S",
    );
    assert.deepEqual(rows(await saved(({ annotations }) => annotations.length === 3)).slice(0, 2), [
      ["face", "sad", 0, 200],
      ["face", "sad", 200, 960],
    ]);
    await press("Control+z");
    await saved(({ annotations }) => annotations.length === 2);
    await press("Control+z", "Control+z");
    assert.deepEqual(rows(await saved(({ annotations }) => annotations[0]?.endMs === 1000))[0], [
      "face",
      "happy",
      0,
      1000,
    ]);
  });

  it("a mark that one is not sure, a comment, and done are written", async () => {
    await press("Escape", "Home", "Control+ArrowRight", "Shift+U", "Shift+C");
    await page.getByRole("textbox", { name: "Comment" }).fill("half hidden");
    await page.keyboard.press("Enter");
    await saved(
      ({ annotations }) =>
        annotations[1]?.unsure === true && annotations[1].comments?.[0]?.text === "half hidden",
    );
    await press("Shift+D");
    await saved(({ head }) => head.done !== undefined);
    await press("Shift+D");
    await saved(({ head }) => head.done === undefined);
  });

  it("says under the pointer what is labelled and how loud it is, whatever the pointer does", async () => {
    const chart = page.getByRole("slider", { name: "Position in the clip" });
    const { height } = (await chart.boundingBox())!;
    for (const mode of [/^Pointer seeks/, /^Pointer selects/, /^Pointer draws/]) {
      await page.getByRole("button", { name: mode }).click();
      // The axis is 26 pixels high, the sound 44.
      await saysUnderPointer(
        { chart, share: 0.5, down: 48 / height },
        /0:02\.\d+Sound level-\d+ dB of full scale/,
      );
      await saysUnderPointer({ chart, share: 0.1, down: 84 / height }, /0:00\.\d+Face happy/);
    }
  });

  it("shows its keys until Escape, or a click outside", async () => {
    const keys = page.getByRole("dialog", { name: "All keys" });
    for (const close of [() => page.keyboard.press("Escape"), () => page.mouse.click(3, 3)]) {
      await press("Shift+Slash");
      await keys.waitFor();
      await close();
      // Closed, it is hidden first, and gone once that was heard of.
      await page.locator(".key-help").waitFor({ state: "detached" });
    }
  });

  it("draws with the mouse in the room that is free, and drags an edge", async () => {
    const canvas = page.locator(".timeline-layers");
    await press("Escape", "Shift+)");
    const place = () => canvas.evaluate((element) => element.getBoundingClientRect().toJSON() as DOMRect);
    let box = await place();
    // What appears and goes above the timeline has settled.
    for (let before: DOMRect | undefined; before?.y !== box.y; box = await place()) {
      before = box;
      await page.waitForTimeout(300);
    }
    const x = (ms: number) => box.x + (ms / 4000) * box.width;
    const y = box.y + 15;
    await page.mouse.move(x(3000), y);
    await page.mouse.down();
    await page.mouse.move(x(2500), y, { steps: 5 });
    await page.mouse.move(x(1500), y, { steps: 5 });
    await page.mouse.up();
    const drawn = rows(await saved(({ annotations }) => annotations.length === 3));
    assert.deepEqual([drawn[2]![2], Math.round(Number(drawn[2]![3]) / 200)], [2000, 15]);
    await page.mouse.move(x(3000), y);
    await page.mouse.down();
    await page.mouse.move(x(3300), y, { steps: 5 });
    await page.mouse.move(x(3600), y, { steps: 5 });
    await page.mouse.up();
    await saved(({ annotations }) => Math.abs((annotations[2]?.endMs ?? 0) - 3600) < 45);
  });

  it("selects all that a band touches, and only leads there where the pointer seeks", async () => {
    await press("Escape");
    const box = (await page.locator(".timeline-layers").boundingBox())!;
    const y = box.y + 15;
    const drag = async (fromMs: number, toMs: number): Promise<void> => {
      await page.mouse.move(box.x + (fromMs / 4000) * box.width, y);
      await page.mouse.down();
      await page.mouse.move(box.x + (toMs / 4000) * box.width, y + 4, { steps: 5 });
      await page.mouse.up();
    };
    await page.getByRole("button", { name: /^Pointer selects/ }).click();
    await drag(3900, 1500);
    await page.getByText("2 selected").first().waitFor();
    await page.getByRole("button", { name: /^Pointer seeks/ }).click();
    await drag(500, 2500);
    await page.waitForFunction(() => Math.abs(document.querySelector("video")!.currentTime - 2.5) < 0.1);
    await page.getByRole("button", { name: /^Pointer draws/ }).click();
    assert.equal((await saved(() => true)).annotations.length, 3);
    // The button keeps the focus, and with it the space bar.
    await page.getByRole("slider", { name: "Position in the clip" }).focus();
  });

  it("offers the labels and the edits of what lies under the right button, by arrow keys too", async () => {
    await press("Escape");
    const box = (await page.locator(".timeline-layers").boundingBox())!;
    const [x, y] = [box.x + (2500 / 4000) * box.width, box.y + 15];
    await page.mouse.click(x, y, { button: "right" });
    const menu = page.getByRole("menu");
    await menu.getByRole("menuitem", { name: /^surprise/ }).waitFor();
    await menu.getByRole("menuitem", { name: /^Not sure/ }).click();
    await menu.waitFor({ state: "detached" });
    await saved(({ annotations }) => annotations[2]?.unsure === true);
    await page.mouse.click(x, y, { button: "right" });
    await menu.getByRole("menuitem").first().waitFor();
    await press("ArrowUp", "ArrowUp", "ArrowUp");
    const focused = () => page.evaluate(() => document.activeElement?.textContent ?? "");
    assert.match(await focused(), /^Not sure/);
    await press("Enter");
    await saved(({ annotations }) => annotations[2] !== undefined && annotations[2].unsure !== true);
    await press("Escape");
  });

  it("plays while a label runs, and ends it where it is pressed again", async () => {
    await press("Escape", "ArrowDown", "Home", "f", " ");
    await page.waitForFunction(() => document.querySelector("video")!.currentTime > 0.5);
    await press("f", "k");
    // What runs is saved while it runs: the end that was said is waited for.
    const heard = await page.getByText(/^fear, 0:00.000 to \d/).innerText();
    const endMs = 1000 * Number(/ to 0:([\d.]+)/.exec(heard)![1]);
    const voice = (
      await saved(({ annotations }) => annotations.some((one) => one.tier === "voice" && one.endMs === endMs))
    ).annotations.find(({ tier }) => tier === "voice")!;
    assert.deepEqual([voice.label, voice.startMs], ["fear", 0]);
    assert.ok(voice.endMs! >= 480 && voice.endMs! < 4000, String(voice.endMs));
    assert.equal(voice.endMs! % 40, 0);
  });

  it("what somebody else writes meanwhile is shown, and what was here is one undo away", async () => {
    const theirs = (await readFile(file, "utf8")).replace('"label":"fear"', '"label":"angry"');
    await writeFile(file, theirs);
    await press("Escape", "End", "ArrowUp", "h");
    await press("ArrowLeft", "ArrowLeft");
    await press("h");
    await press("Home", "ArrowDown", "Control+ArrowRight");
    // The next change meets the other file.
    await press("Shift+U");
    await page.getByText("changed by somebody else").waitFor();
    const document = parseLabels(await readFile(file, "utf8"));
    assert.equal(document.annotations.find(({ tier }) => tier === "voice")?.label, "angry");
  });

  it("has no serious problem for a reader of the screen, in the timeline and in the table", async () => {
    assert.deepEqual(await seriousProblems(page), []);
    await page.getByRole("button", { name: "Show all annotations as a table" }).click();
    await page.getByRole("region", { name: "Annotations" }).waitFor();
    await page.getByText("Statistics").click();
    assert.deepEqual(await seriousProblems(page), []);
  });

  it("saves its timeline as a figure", async () => {
    await checkFigures(page, { "one labels": ["Time", "Sound", "happy"] });
  });

  it("finds annotations by a regular expression, and counts how long each label lasts", async () => {
    const { annotations } = await saved(() => true);
    const found = page.getByRole("textbox", { name: "Find annotations" });
    await found.fill("half|^voice");
    const wanted = annotations.filter(({ tier, comments = [] }) => tier === "voice" || comments.length > 0);
    await page.getByText(`${wanted.length} of ${annotations.length}`).waitFor();
    await page.getByRole("region", { name: "Annotations" }).getByText("half hidden").waitFor();
    await found.fill("(");
    await page.getByText(`0 of ${annotations.length}`).waitFor();
    const own = annotations.filter(({ label }) => label === "happy");
    const seconds = own.reduce((sum, { startMs, endMs = 0 }) => sum + endMs - startMs, 0) / 1000;
    const row = page.getByRole("region", { name: /^How often/ }).getByRole("row", { name: /happy/ });
    assert.match(await row.innerText(), new RegExp(`${own.length}\\s.*${seconds.toFixed(2)}`, "s"));
    await page.getByRole("button", { name: "Show all annotations as a table" }).click();
  });

  it("tells how annotators agree, and opens a disagreement at its place", async () => {
    const colleague = file.replace(".a01.", ".b02.");
    const { head, ...rest } = parseLabels(await readFile(file, "utf8"));
    await writeFile(
      file,
      formatLabels({
        ...rest,
        head,
        annotations: [
          { id: "one", tier: "face", startMs: 0, endMs: 2000, label: "happy" },
          { id: "two", tier: "face", startMs: 2000, endMs: 4000, label: "sad" },
        ],
      }),
    );
    await writeFile(
      colleague,
      formatLabels({
        ...rest,
        head: { ...head, annotator: "b02" },
        annotations: [
          { id: "one", tier: "face", startMs: 0, endMs: 2000, label: "happy" },
          { id: "two", tier: "face", startMs: 2000, endMs: 4000, label: "fear" },
        ],
      }),
    );
    await page.getByRole("link", { name: "All labels files" }).click();
    await page.getByRole("link", { name: /^Agreement of annotators in/ }).click();
    await page.getByRole("row", { name: /Krippendorff's alpha/ }).waitFor();
    assert.match(await page.getByRole("row", { name: "b02 0." }).first().innerText(), /0\.\d\d/);
    await checkFigures(page, {
      "Agreement over time": ["Time, s", "share that agrees"],
      "Who says what": ["happy", "fear", "first of a pair ↓"],
    });
    await checkEachTheme(page, "agreement");
    await page.emulateMedia({ colorScheme: "light", contrast: null });
    // They agree on the first half, and on nothing after that.
    const overTime = page.getByRole("region", { name: "Agreement over time" });
    const chart = overTime.getByRole("img").first();
    await saysUnderPointer({ chart, share: 0.1 }, /1\.00 of the pairs agree/);
    await saysUnderPointer({ chart, share: 0.9 }, /0\.00 of the pairs agree/);
    // Next to agreement: what they agree on becomes a set.
    const making = page.getByRole("region", { name: "Make a training set" });
    await making.getByRole("button", { name: "Make the set" }).click();
    await making.getByRole("row", { name: "happy 4 0" }).waitFor({ timeout: 90_000 });
    assert.match(await making.innerText(), /4 pictures of 1 person in .*set/);
    assert.deepEqual(await seriousProblems(page), []);
    await page.getByRole("button", { name: "fear: open the labels of b02 there" }).click();
    await page.getByText("b02 ·").waitFor();
    await page.waitForFunction(() => document.querySelector("video")!.currentTime >= 2);
    await page.goBack();
  });

  it("settles a difference by keys in a gold file that says who decided", async () => {
    await page.getByRole("textbox", { name: "Who settles" }).fill("boss");
    await page.getByRole("button", { name: "Settle in a gold file" }).click();
    await page.getByRole("toolbar", { name: "What is to be settled" }).getByText("2").waitFor();
    await page.getByRole("button", { name: "Face · b02" }).waitFor();
    await checkEachTheme(page, "adjudication");
    await page.emulateMedia({ colorScheme: "light", contrast: null });
    await press("Control+ArrowRight", "Control+ArrowRight");
    await page.getByText("(b02)").waitFor();
    await press("Enter");
    await page.getByRole("toolbar", { name: "What is to be settled" }).getByText("0").waitFor();
    file = file.replace(".a01.", ".gold.");
    const { head, annotations } = await saved((document) => document.annotations.length === 2);
    assert.deepEqual([head.gold, head.annotator], [true, "boss"]);
    assert.deepEqual(
      annotations.map(({ label, decided }) => [label, decided?.by, decided?.of]),
      [
        ["happy", "a01, b02", ["a01/one", "b02/one"]],
        ["fear", "boss", ["b02/two"]],
      ],
    );
  });

  it("agreement and gold are whole in a narrow window", async () => {
    const narrow = async (name: string): Promise<void> => {
      await page.setViewportSize({ width: 320, height: 800 });
      await page.waitForFunction(() => document.documentElement.scrollWidth <= innerWidth);
      if (pictures !== undefined)
        await page.screenshot({ path: path.join(pictures, `${name}-320.png`), fullPage: true });
    };
    await narrow("adjudication");
    await page.goBack();
    await page.getByRole("row", { name: /Krippendorff's alpha/ }).waitFor();
    await narrow("agreement");
  });
});
