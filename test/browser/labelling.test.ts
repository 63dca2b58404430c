import assert from "node:assert/strict";
import { readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { formatLabels, parseLabels, type LabelsDocument } from "../../shared/labels/document.ts";
import { createLabels } from "../../shared/protocol/labelRoutes.ts";
import { makeDrawnClip } from "../support/drawnClip.ts";
import { makePhotoClip } from "../support/photoClip.ts";
import { launchChromium } from "./chromium.ts";
import { TestDaemon } from "./daemon.ts";
import { checkEachTheme, pictures } from "./eachTheme.ts";

const scheme = `title: What the cast shows
tiers:
  - id: face
    kind: interval
    required: whole
    labels:
      - {id: happy, key: h}
      - {id: sad, key: s}
      - {id: neutral, key: n}
      - {id: surprise, key: u}
      - {id: angry, key: a}
  - id: valence
    kind: trace
    minimum: -1
    maximum: 1
    rateHz: 25
    required: some
`;

/** The label editor with what an analysis proposes, with fingers, a gamepad and traces; and a minute by keys alone. */
describe("labelling in Chromium", function () {
  this.timeout(180_000);
  let daemon: TestDaemon;
  let browser: Browser;
  let page: Page;
  const problems: string[] = [];
  const files = { own: "", blind: "", minute: "", rated: "" };

  before(async function () {
    this.timeout(420_000);
    daemon = await TestDaemon.start();
    const at = (name: string) => path.join(daemon.folder, name);
    await writeFile(at("cast.scheme.yaml"), scheme);
    await writeFile(at("blind.scheme.yaml"), scheme.replace("tiers:", "blind: true\ntiers:"));
    const clip = await makeDrawnClip(at("ada.mp4"), "ada", [
      { seconds: 1.5, shapes: { mouthSmileLeft: 1, mouthSmileRight: 1, cheekSquintLeft: 0.7 } },
      { seconds: 1.5, shapes: { browInnerUp: 1, mouthFrownLeft: 1, mouthFrownRight: 1 } },
      { seconds: 1.5, shapes: { browInnerUp: 1, browOuterUpLeft: 1, eyeWideLeft: 1, jawOpen: 0.7 } },
    ]);
    await daemon.analyse(clip);
    const minute = await makePhotoClip(at("minute.mp4"), 60);
    const make = async (of: string, annotator: string, name: string) =>
      (await daemon.call(createLabels, { clip: of, annotator, scheme: name })).path;
    files.own = await make(clip, "a01", "cast.scheme.yaml");
    files.blind = await make(clip, "b02", "blind.scheme.yaml");
    files.minute = await make(minute, "a01", "emotions");
    files.rated = await make(minute, "c03", "cast.scheme.yaml");
    browser = await launchChromium();
    page = await browser.newPage({ viewport: { width: 1280, height: 900 }, colorScheme: "light" });
    page.on("pageerror", (error) => problems.push(error.message));
    await page.goto(await daemon.pageUrl());
  });
  after(async () => {
    await browser.close();
    await daemon[Symbol.asyncDispose]();
  });
  afterEach(() => assert.deepEqual(problems, []));

  async function open(file: string, where = page): Promise<void> {
    await where.getByRole("navigation").getByRole("link", { name: "Labels" }).click();
    await where.getByRole("link", { name: path.basename(file) }).click();
    await where.getByRole("slider", { name: "Position in the clip" }).waitFor();
    await where.locator("video").evaluate(async (video: HTMLVideoElement) => {
      while (video.readyState < 2) await new Promise((resolve) => setTimeout(resolve, 50));
    });
  }
  /** The file on disk, once it says what is expected. */
  async function saved(
    file: string,
    expected: (document: LabelsDocument) => boolean,
  ): Promise<LabelsDocument> {
    const until = Date.now() + 30_000;
    for (;;) {
      const document = parseLabels(await readFile(file, "utf8"));
      if (expected(document)) return document;
      assert.ok(Date.now() < until, JSON.stringify(document));
      await page.waitForTimeout(100);
    }
  }
  const press = async (...keys: string[]): Promise<void> => {
    for (const key of keys) await page.keyboard.press(key);
  };
  const bar = () => page.getByRole("toolbar", { name: "Proposals of the model" });

  it("counts what the scheme requires, and what the model proposes", async () => {
    await open(files.own);
    await bar().getByText("3 proposals left").waitFor({ timeout: 60_000 });
    await page.getByText("2 to do: face: 0 % labelled").waitFor();
    await checkEachTheme(page, "label-editor");
    await page.emulateMedia({ colorScheme: "light", contrast: null });
  });

  it("goes to the least sure one first, and leaves out what is below the threshold", async () => {
    await bar().getByText("Least sure first").click();
    // Keys are for the check box as long as it has the focus.
    await page.getByRole("heading", { name: "ada.mp4" }).click();
    await press("Control+ArrowRight");
    await bar()
      .getByText(/^neutral, \d+ % \(face\)$/)
      .waitFor();
    const least = page.getByRole("slider", { name: "Least confidence of proposals" });
    await least.fill("80");
    await bar().getByText("2 proposals left").waitFor();
    await least.fill("0");
    await bar().getByText("3 proposals left").waitFor();
    await least.blur();
    await bar().getByText("Least sure first").click();
    // Keys are for the check box as long as it has the focus.
    await page.getByRole("heading", { name: "ada.mp4" }).click();
  });

  it("takes a proposal with Enter, corrects one with a key, refuses one with Backspace, and proposes none again", async () => {
    await press("Escape", "Home", "Control+ArrowRight");
    await bar()
      .getByText(/^happy, \d+ % \(face\)$/)
      .waitFor();
    await press("Enter");
    await bar()
      .getByText(/^neutral, \d+ % \(face\)$/)
      .waitFor();
    await press("s");
    await bar()
      .getByText(/^surprise, \d+ % \(face\)$/)
      .waitFor();
    await press("Backspace");
    const { annotations, refused } = await saved(files.own, (document) => document.refused.length === 1);
    assert.deepEqual(
      annotations.map(({ label, from }) => [label, from?.was, typeof from?.confidence]),
      [
        ["happy", "happy", "number"],
        ["sad", "neutral", "number"],
      ],
    );
    assert.deepEqual([refused[0]!.label, refused[0]!.from?.was], ["surprise", "surprise"]);
    await page.reload();
    await bar().getByText("0 proposals left").waitFor({ timeout: 60_000 });
  });

  it("rates a trace by arrow keys while the clip plays, and again over a part with a gamepad", async () => {
    await page.locator("video").evaluate(async (video: HTMLVideoElement) => {
      while (video.readyState < 2) await new Promise((resolve) => setTimeout(resolve, 50));
    });
    const played = (seconds: number) =>
      page.waitForFunction((at) => document.querySelector("video")!.currentTime >= at, seconds);
    await press("Escape", "Home", "ArrowDown", "Shift+R");
    await press("ArrowUp", "ArrowUp", "ArrowUp");
    await played(2.5);
    await press("Shift+R");
    // What is rated is saved while it is rated; with the mark that came after it, all of it is.
    const whole = async () => {
      await press("Shift+D");
      const { traces } = await saved(files.own, ({ head }) => head.done !== undefined);
      await press("Shift+D");
      await saved(files.own, ({ head }) => head.done === undefined);
      return traces[0]!;
    };
    const first = await whole();
    assert.ok(first.values.length >= 50 && first.values.includes(0.3), JSON.stringify(first));

    await press("Home", "Shift+ArrowRight");
    await page.evaluate(() => {
      navigator.getGamepads = () => [{ axes: [0, -1] } as unknown as Gamepad, null, null, null];
    });
    await press("Shift+R");
    await played(1.6);
    await press("Shift+R");
    await page.evaluate(() => {
      navigator.getGamepads = () => [null, null, null, null];
    });
    const again = await whole();
    const changed = again.values.flatMap((value, i) => (value === first.values[i] ? [] : [i]));
    // From a second on, and what comes after the part is as it was.
    assert.ok(changed[0]! >= 24, String(changed[0]));
    assert.ok(changed.at(-1)! < again.values.length - 1, `${changed.at(-1)} of ${again.values.length}`);
    assert.deepEqual(again.values.slice(0, 24), first.values.slice(0, 24));
    assert.equal(again.values.at(-1), first.values.at(-1));
  });

  it("rates by mouse, and of what is rated when the tab dies the last moment alone is lost", async () => {
    const tab = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    await tab.goto(await daemon.pageUrl());
    await open(files.rated, tab);
    await tab.keyboard.press("Home");
    await tab.keyboard.press("Shift+R");
    const slider = tab.getByRole("slider", { name: "valence" });
    const box = (await slider.boundingBox())!;
    const near = (value: number) => (one: number | null) => one !== null && Math.abs(one - value) < 0.05;
    /** Lets the mouse rest at a height until the file has half a second of its value. */
    const rate = async (value: number) => {
      await tab.mouse.move(box.x + box.width / 2, box.y + (box.height * (1 - value)) / 2);
      return saved(files.rated, ({ traces: [one] }) => (one?.values.filter(near(value)).length ?? 0) > 12);
    };
    await rate(0.8);
    const { traces, annotations } = await rate(-0.6);
    const { values } = traces[0]!;
    assert.ok(values.findIndex(near(0.8)) < values.findIndex(near(-0.6)), JSON.stringify(values));
    assert.deepEqual(annotations, []);
    assert.ok(await slider.isVisible(), "the rating ended before the tab died");
    const died = tab.waitForEvent("crash");
    const at = await tab.locator("video").evaluate((video: HTMLVideoElement) => video.currentTime);
    void (await tab.context().newCDPSession(tab)).send("Page.crash").catch(() => undefined);
    await died;
    const kept = (await saved(files.rated, () => true)).traces[0]!.values;
    assert.ok(kept.length >= values.length);
    console.log(`      rated ${at.toFixed(2)} s when the tab died, kept ${(kept.length / 25).toFixed(2)} s`);
    await tab.close();
  });

  it("tells what is wrong with its fixes, and mends it", async () => {
    const document = parseLabels(await readFile(files.own, "utf8"));
    await page.goto(`${page.url().split("#")[0]!}#/labels`);
    // A copy under another name is of the same annotator.
    const copy = files.own.replace(".labels.json", " (copy).labels.json");
    await writeFile(copy, formatLabels(document));
    const wrong = [
      { id: "x1", tier: "face", startMs: 3900, endMs: 3500, label: "happy" },
      { id: "x2", tier: "face", startMs: 4000, endMs: 4400, label: "hapy" },
    ];
    await writeFile(
      files.own,
      formatLabels({ ...document, annotations: [...document.annotations, ...wrong] }),
    );
    await open(files.own);
    const list = page.getByRole("region", { name: "Problems" });
    await list.getByText("The tier face has no label hapy.").waitFor();
    await list.getByRole("button", { name: "Swap start and end" }).click();
    await list.getByRole("button", { name: "Replace it by happy" }).click();
    await list.getByText("ada.a01 (copy).labels.json is of the same annotator").waitFor();
    await list.getByRole("button", { name: "Call this annotator a01-2" }).click();
    await list.waitFor({ state: "detached" });
    await rm(copy);
    const mended = await saved(files.own, ({ annotations }) => annotations.at(-1)?.label === "happy");
    assert.deepEqual(
      mended.annotations.slice(-2).map(({ startMs, endMs }) => [startMs, endMs]),
      [
        [3500, 3900],
        [4000, 4400],
      ],
    );
  });

  it("hides model and colleagues until a blind file is marked as done", async () => {
    await open(files.blind);
    await page.getByText("Blind: what the model says is hidden").waitFor({ timeout: 60_000 });
    assert.equal(await bar().count(), 0);
    await press("Control+ArrowRight");
    assert.equal((await saved(files.blind, () => true)).head.blind, true);
    const shown = page.waitForResponse((response) => response.url().endsWith("/api/labels/colleagues"));
    await press("Shift+D");
    await bar().getByText("3 proposals left").waitFor();
    const { files: colleagues } = (await (await shown).json()) as { files: { annotator: string }[] };
    assert.deepEqual(
      colleagues.map(({ annotator }) => annotator),
      ["a01-2"],
    );
    const { head } = await saved(files.blind, (document) => document.head.done !== undefined);
    assert.equal(head.blind, true);
    await press("Shift+D");
    await page.getByText("opened again after it was done").waitFor();
    await saved(files.blind, (document) => document.head.unblinded === head.done);
  });

  it("draws, drags an edge and selects by a finger", async () => {
    const context = await browser.newContext({
      hasTouch: true,
      viewport: { width: 900, height: 1100 },
    });
    const tablet = await context.newPage();
    tablet.on("pageerror", (error) => problems.push(error.message));
    await tablet.goto(await daemon.pageUrl());
    await open(files.minute, tablet);
    await tablet.locator(".timeline-titles").getByText("Sound").waitFor({ timeout: 60_000 });
    await tablet.getByRole("button", { name: "Show the whole clip" }).tap();
    const lanes = tablet.locator(".timeline-layers");
    await lanes.scrollIntoViewIfNeeded();
    const box = (await lanes.boundingBox())!;
    const x = (ms: number) => box.x + (ms / 60_000) * box.width;
    const y = box.y + 15;
    const cdp = await context.newCDPSession(tablet);
    const finger = async (...places: readonly number[]): Promise<void> => {
      for (const [i, ms] of places.entries())
        await cdp.send("Input.dispatchTouchEvent", {
          type: i === 0 ? "touchStart" : "touchMove",
          touchPoints: [{ x: x(ms), y }],
        });
      await cdp.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
    };
    await finger(10_000, 14_000, 20_000);
    const near = (value: number | undefined, ms: number) => Math.abs((value ?? 0) - ms) < 600;
    await saved(
      files.minute,
      ({ annotations: [one] }) => near(one?.startMs, 10_000) && near(one?.endMs, 20_000),
    );
    // A finger that lands ten pixels beside the edge takes hold of it.
    const beside = 20_000 + (10 / box.width) * 60_000;
    await finger(beside, beside + 5000, beside + 10_000);
    await saved(files.minute, ({ annotations: [one] }) => near(one?.endMs, 30_000));
    await finger(15_000);
    await tablet.getByRole("region", { name: "Selected annotation" }).waitFor();
    await context.close();
    await writeFile(
      files.minute,
      formatLabels({ ...parseLabels(await readFile(files.minute, "utf8")), annotations: [] }),
    );
  });

  it("labels a minute by 16 keys while it plays four times as fast", async () => {
    await open(files.minute);
    await page.locator(".timeline-titles").getByText("Sound").waitFor({ timeout: 60_000 });
    let keys = 0;
    const key = async (name: string): Promise<void> => {
      keys++;
      await press(name);
    };
    const picture = async (name: string): Promise<void> => {
      if (pictures !== undefined) await page.screenshot({ path: path.join(pictures, `minute-${name}.png`) });
    };
    const plan = [
      [0, "n", "neutral"],
      [8, "h", "happy"],
      [16, "f", "fear"],
      [24, "n", "neutral"],
      [32, "s", "sad"],
      [40, "a", "angry"],
      [48, "n", "neutral"],
    ] as const;
    await key("Home");
    for (let i = 0; i < 3; i++) await key("Control+ArrowUp");
    await key(" ");
    for (const [seconds, label, name] of plan) {
      await page.waitForFunction((at) => document.querySelector("video")!.currentTime >= at, seconds);
      await key(label);
      await picture(`${String(seconds).padStart(2, "0")}-${name}`);
    }
    await page.waitForFunction(() => document.querySelector("video")!.currentTime >= 56);
    await key("n");
    await key("k");
    await key("Shift+)");
    await key("Shift+D");
    await picture("done");
    const { annotations, head } = await saved(files.minute, (document) => document.head.done !== undefined);
    const face = annotations.filter(({ tier }) => tier === "face");
    assert.deepEqual(
      face.map(({ label }) => label),
      plan.map(([, , name]) => name),
    );
    for (const [i, one] of face.entries()) {
      assert.equal(one.startMs, i === 0 ? one.startMs : face[i - 1]!.endMs);
      assert.ok(one.startMs >= 1000 * plan[i]![0] - 40, JSON.stringify(one));
    }
    assert.ok(head.done !== undefined);
    assert.equal(keys, 16);
  });

  it("a key that is held labels for as long as it is held", async () => {
    await press("Escape", "Home", "ArrowDown", " ");
    await page.keyboard.down("u");
    await page.waitForFunction(() => document.querySelector("video")!.currentTime >= 3);
    await page.keyboard.up("u");
    await press("k");
    // What runs is saved while it runs: its end is waited for.
    const { annotations } = await saved(files.minute, (document) =>
      document.annotations.some(({ tier, endMs = 0 }) => tier === "voice" && endMs >= 2900),
    );
    const held = annotations.find(({ tier }) => tier === "voice")!;
    assert.ok(held.label === "surprise" && held.startMs < 2000 && held.endMs! >= 2900, JSON.stringify(held));
  });

  it("is whole in a narrow window", async () => {
    await page.setViewportSize({ width: 320, height: 800 });
    await page.waitForFunction(() => document.documentElement.scrollWidth <= innerWidth);
    if (pictures !== undefined)
      await page.screenshot({ path: path.join(pictures, "label-editor-320.png"), fullPage: true });
  });
});
