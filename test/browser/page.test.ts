import assert from "node:assert/strict";
import { access, readFile } from "node:fs/promises";
import path from "node:path";
import type { Browser, Download, Page } from "playwright-core";
import sharp from "sharp";
import { getResult, listAnalyses } from "../../shared/protocol/analyses.ts";
import { makeClip } from "../integration/media/clips.ts";
import { makePhotoClip } from "../support/photoClip.ts";
import { until } from "../support/until.ts";
import { seriousProblems as seriousProblemsOf } from "./axe.ts";
import { checkFigures } from "./checkFigures.ts";
import { launchChromium } from "./chromium.ts";
import { TestDaemon } from "./daemon.ts";
import { pictures } from "./eachTheme.ts";

const clipName = "a <b>bold<img src=x onerror=alert(1)> clip.mp4";

/** One page through the whole work of a user, in order, against a real daemon with a real result. */
describe("the page in Chromium", function () {
  this.timeout(120_000);
  let daemon: TestDaemon;
  let browser: Browser;
  let page: Page;
  const problems: string[] = [];

  before(async function () {
    this.timeout(420_000);
    daemon = await TestDaemon.start();
    await daemon.analyse(await makePhotoClip(path.join(daemon.folder, clipName), 2));
    browser = await launchChromium();
    page = await browser.newPage({ viewport: { width: 1280, height: 900 }, colorScheme: "light" });
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("dialog", (dialog) => {
      problems.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
  });
  after(async () => {
    await browser.close();
    await daemon[Symbol.asyncDispose]();
  });
  afterEach(() => assert.deepEqual(problems, []));

  const seriousProblems = (): Promise<string[]> => seriousProblemsOf(page);
  const clock = async (): Promise<number> => {
    const text = await page.locator(".clock span").first().innerText();
    const [minutes, seconds] = text.split(":").map(Number);
    return (minutes! * 60 + seconds!) * 1000;
  };
  const frame = async (): Promise<number> =>
    Number(/\d+/.exec(await page.getByTestId("frame").innerText())?.[0]);
  /** Start and end of what the timeline shows, ms. */
  const shown = async (): Promise<[number, number]> => {
    const slider = page.getByRole("slider", { name: "Position in the clip" });
    const whole = Number(await slider.getAttribute("aria-valuemax"));
    const part = page.locator(".pan");
    if ((await part.count()) === 0) return [0, whole];
    const [value, max] = await part.evaluate((input) => {
      const range = input as HTMLInputElement;
      return [Number(range.value), Number(range.max)] as const;
    });
    return [value, value + whole - max];
  };
  const length = async (): Promise<[number]> => {
    const [start, end] = await shown();
    return [end - start];
  };
  /** Waits until the page shows values that are near these. */
  const shows = async (
    read: () => Promise<readonly number[]>,
    wanted: readonly number[],
    toleranceMs: number,
  ): Promise<void> => {
    const near = (value: number, n: number) => Math.abs(value - wanted[n]!) <= toleranceMs;
    await until(async () => (await read()).every(near), 20_000, `${wanted.join()} ms`);
  };
  /** Opens every group of the timeline. */
  const openAll = async (): Promise<void> => {
    const closed = page.locator(".group-heading[aria-expanded='false']");
    while ((await closed.count()) > 0) await closed.first().click();
  };
  const download = async (button: string): Promise<Download> => {
    const [started] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: button }).click(),
    ]);
    return started;
  };

  it("lets in who brings a one-time code, once, and keeps no secret in its address", async () => {
    const url = await daemon.pageUrl();
    await page.goto(url);
    await page.getByRole("heading", { name: "Analyses" }).waitFor();
    assert.equal(new URL(page.url()).hash.includes("code"), false);
    assert.equal((await page.content()).includes(daemon.token), false);

    const stranger = await (await browser.newContext()).newPage();
    await stranger.goto(url);
    await stranger.getByText("This link was used or is too old").waitFor();
    await stranger.context().close();
  });

  it("says what it is for, until that was read", async () => {
    await page.getByText("Intended use: research and annotation.").waitFor();
    assert.deepEqual(await seriousProblems(), []);
    await page.getByRole("button", { name: "Close this notice" }).click();
    await page.reload();
    await page.getByRole("heading", { name: "Analyses" }).waitFor();
    assert.equal(await page.getByText("Intended use").count(), 0);
  });

  it("lists the analysis, its name as text (S14)", async () => {
    await page.getByRole("link", { name: clipName }).waitFor();
    assert.equal(await page.locator("main b, main img").count(), 0);
    assert.deepEqual(await seriousProblems(), []);
  });

  it("refuses a path outside the granted folders, in words", async () => {
    await page.getByRole("textbox", { name: "Path of a clip" }).fill("/etc/passwd");
    await page.getByRole("button", { name: "Analyse", exact: true }).click();
    await page.getByRole("alert").waitFor();
  });

  it("shows the result: clip, faces at this frame, timeline", async () => {
    await page.getByRole("link", { name: clipName }).click();
    await page.getByRole("heading", { level: 1, name: clipName }).waitFor();
    await page.locator(".moment-row h3", { hasText: /^Face 1/ }).waitFor();
    await page.locator(".timeline-titles span", { hasText: /^Face 1/ }).waitFor();
    await page.getByText(/^Loading: /).waitFor({ state: "detached" });
    await page.waitForFunction(() => document.querySelector("video")!.readyState >= 2);
    assert.equal(await page.locator("main b, main img").count(), 0);
    assert.deepEqual(await seriousProblems(), []);
  });

  it("steps by frames, and the overlay is that of the frame on the screen", async () => {
    await page.keyboard.press("Home");
    for (let n = 1; n <= 5; n++) {
      await page.keyboard.press("ArrowRight");
      await page.waitForFunction(
        (wanted) => document.querySelector<HTMLCanvasElement>(".picture canvas")!.dataset["frame"] === wanted,
        String(n),
      );
      assert.equal(await frame(), n);
      const shownMs = await page.evaluate(() => document.querySelector("video")!.currentTime * 1000);
      assert.equal(Math.floor(shownMs / 40), n);
    }
    await page.keyboard.press("ArrowLeft");
    await page.waitForFunction(
      () => document.querySelector<HTMLCanvasElement>(".picture canvas")!.dataset["frame"] === "4",
    );
  });

  it("seeks where the timeline is clicked", async () => {
    const scrubber = page.getByRole("slider", { name: "Position in the clip" });
    const box = (await scrubber.boundingBox())!;
    await scrubber.click({ position: { x: box.width / 2, y: 40 } });
    await page.waitForFunction(() => !document.querySelector("video")!.seeking);
    assert.ok(Math.abs((await clock()) - 1000) < 60, `${await clock()} ms`);
  });

  it("plays, pauses and changes speed by keyboard", async () => {
    await page.keyboard.press("Home");
    await page.keyboard.press("Space");
    await page.waitForFunction(() => document.querySelector("video")!.currentTime > 0.3);
    await page.keyboard.press("k");
    assert.equal(await page.evaluate(() => document.querySelector("video")!.paused), true);
    await page.keyboard.press("]");
    assert.equal(await page.evaluate(() => document.querySelector("video")!.playbackRate), 1.5);
    await page.keyboard.press("[");
  });

  it("shuttles with J, K and L, and steps by frames with comma and full stop", async () => {
    const video = (): Promise<{ ms: number; paused: boolean; rate: number }> =>
      page.evaluate(() => {
        const { currentTime, paused, playbackRate } = document.querySelector("video")!;
        return { ms: currentTime * 1000, paused, rate: playbackRate };
      });
    const passes = (wanted: string) =>
      page.waitForFunction((test) => {
        const seconds = document.querySelector("video")!.currentTime;
        return test === "after 0.2 s" ? seconds > 0.2 : seconds < 1.7;
      }, wanted);
    const paused = () => page.getByRole("button", { name: "Play (space)" }).waitFor();

    await page.keyboard.press("Home");
    await page.keyboard.press("l");
    await page.getByRole("button", { name: "Pause (space)" }).waitFor();
    await page.keyboard.press("l");
    assert.equal((await video()).rate, 1.5);
    await passes("after 0.2 s");
    await page.keyboard.press("k");
    await paused();
    assert.equal((await video()).paused, true);

    await page.keyboard.press("End");
    await page.keyboard.press("j");
    await passes("before 1.7 s");
    await page.keyboard.press("k");
    await paused();
    const { ms } = await video();
    await page.waitForTimeout(300);
    assert.equal((await video()).ms, ms);

    await page.keyboard.press("Home");
    for (const key of [".", ".", ".", ","]) await page.keyboard.press(key);
    await page.waitForFunction(
      () => document.querySelector<HTMLCanvasElement>(".picture canvas")!.dataset["frame"] === "2",
    );
    assert.equal(await frame(), 2);
  });

  it("zooms and moves the timeline by keyboard, around the playhead, which it never leaves behind", async () => {
    await page.keyboard.press("0");
    const all = await shown();
    await page.keyboard.press("Home");
    await page.keyboard.press("Shift+ArrowRight");
    await shows(async () => [await clock()], [1000], 40);
    await page.keyboard.press("+");
    await shows(shown, [1000 - 500 * (all[1] / 2000), 1000 + 500 * (all[1] / 2000)], 40);
    await page.keyboard.press("+");
    await page.keyboard.press("+");
    await shows(length, [all[1] / 8], 20);
    const [startMs, endMs] = await shown();

    await page.getByRole("slider", { name: "Part of the clip" }).focus();
    for (let n = 0; n < 5; n++) await page.keyboard.press("ArrowRight");
    await shows(shown, [startMs + (endMs - startMs) / 10, endMs + (endMs - startMs) / 10], 20);
    await page.getByRole("slider", { name: "Position in the clip" }).focus();
    await page.keyboard.press("Shift+ArrowLeft");
    await shows(shown, [0, all[1] / 8], 20);
    await page.keyboard.press("-");
    await shows(shown, [0, all[1] / 4], 20);
    await page.keyboard.press("0");
    await shows(shown, all, 0);
  });

  it("zooms with the wheel around the pointer, moves by wheel and by drag, and seeks by drag", async () => {
    await page.keyboard.press("0");
    const all = await shown();
    const box = (await page.getByRole("slider", { name: "Position in the clip" }).boundingBox())!;
    const to = (share: number) => page.mouse.move(box.x + box.width * share, box.y + 30);
    await to(0.25);
    await page.keyboard.down("Control");
    await page.mouse.wheel(0, -300);
    await page.keyboard.up("Control");
    await page.getByRole("slider", { name: "Part of the clip" }).waitFor();
    await shows(length, [all[1] / Math.E], 20);
    const [start, end] = await shown();
    const span = end - start;
    assert.ok(Math.abs(start + span / 4 - all[1] / 4) <= 20, `${start} to ${end} ms`);

    await page.mouse.wheel(box.width / 10, 0);
    await shows(shown, [start + span / 10, end + span / 10], 20);
    await page.keyboard.down("Shift");
    await page.mouse.down();
    await to(0.35);
    await page.mouse.up();
    await page.keyboard.up("Shift");
    await shows(shown, [start, end], 20);

    await page.mouse.down();
    await to(0.75);
    await page.mouse.up();
    await page.waitForFunction(() => !document.querySelector("video")!.seeking);
    await shows(async () => [await clock()], [start + 0.75 * span], 50);
    await page.mouse.dblclick(box.x + box.width / 2, box.y + 30);
    await shows(shown, all, 0);
  });

  it("shows the time and the values under the pointer, beside it", async () => {
    const box = (await page.getByRole("slider", { name: "Position in the clip" }).boundingBox())!;
    const lane = (await page.locator(".timeline-titles span.lane").first().boundingBox())!;
    for (const share of [0.25, 0.75]) {
      await page.mouse.move(box.x + box.width * share, lane.y + lane.height / 2);
      const hover = page.getByTestId("hover");
      await hover.getByText(`0:0${(2 * share).toFixed(1)}`).waitFor();
      assert.match(await hover.innerText(), /Face 1\s+\w+\s+\d+ %/);
      const shown = (await hover.boundingBox())!;
      assert.ok(
        shown.y >= 0 && shown.y + shown.height <= 900,
        `from ${shown.y} to ${shown.y + shown.height}`,
      );
      assert.ok(Math.abs(shown.x - (box.x + box.width * share)) < shown.width + 20);
    }
    await page.mouse.move(5, 5);
    await page.getByTestId("hover").waitFor({ state: "detached" });
  });

  it("closes menus by Escape, which gives the focus back, and by a click outside", async () => {
    for (const menu of [".exports", ".rows-menu", ".shortcuts"]) {
      const summary = page.locator(`${menu} > summary`);
      const open = page.locator(`${menu}[open]`);
      await summary.click();
      await open.waitFor();
      await page.keyboard.press("Escape");
      await open.waitFor({ state: "detached" });
      assert.equal(await summary.evaluate((element) => element === document.activeElement), true, menu);
      await summary.click();
      await open.waitFor();
      await page.getByRole("heading", { level: 1 }).click();
      await open.waitFor({ state: "detached" });
    }
  });

  it("writes the scale beside each row that has one", async () => {
    await openAll();
    const scales = await page.locator(".timeline-titles i").allInnerTexts();
    for (const text of ["100 %", "0 %"]) assert.ok(scales.includes(text), scales.join());
  });

  it("chooses, pins and orders the rows; the clip stays in view above them", async () => {
    const lanes = () => page.locator(".timeline-titles span.lane").allInnerTexts();
    const before = (await lanes()).map((title) => title.trim());
    assert.ok(before.includes("Voice") && before[0] === "Face 1", before.join());
    await page.locator(".rows-menu > summary").click();
    await page.getByRole("button", { name: "Keep Voice at the top" }).click();
    assert.equal((await lanes())[0]?.trim(), "Voice");
    await page.getByRole("button", { name: "Keep Voice at the top" }).click();
    await page.getByRole("button", { name: "Move Face 1 down" }).click();
    assert.equal((await lanes())[1]?.trim(), "Face 1");
    await page.getByRole("button", { name: "Move Face 1 up" }).click();
    const voiceBox = page
      .locator(".group-list li", { has: page.getByRole("button", { name: "Keep Voice at the top" }) })
      .locator("vscode-checkbox");
    await voiceBox.click();
    assert.ok(!(await lanes()).some((title) => title.trim() === "Voice"));
    await voiceBox.click();
    assert.deepEqual(await seriousProblems(), []);
    await page.keyboard.press("Escape");

    const last = page.locator(".timeline-titles span.lane").last();
    await last.evaluate((element) => element.scrollIntoView({ block: "end" }));
    const video = (await page.locator("video").first().boundingBox())!;
    assert.ok(video.y >= 0 && video.y + video.height < 900, `the clip is at ${video.y}`);
    await page.evaluate(() => scrollTo(0, 0));
  });

  it("has the timeline as a table too", async () => {
    await page.getByRole("button", { name: "Show the timeline as a table" }).click();
    const table = page.getByRole("region", { name: /^Face 1: mean probability/ });
    assert.ok((await table.getByRole("row").count()) > 10);
    assert.deepEqual(await seriousProblems(), []);
    await page.getByRole("button", { name: "Show the timeline as a table" }).click();
  });

  it("tells speed by stage, and how the result was made", async () => {
    await page.getByRole("tab", { name: "Speed" }).click();
    await page
      .getByRole("region", { name: "Time of each stage" })
      .getByText("decode", { exact: true })
      .waitFor();
    await checkFigures(page, { "Time of each stage": ["median (p50)", "p95", "decode"] });
    await page.getByRole("tab", { name: "How it was made" }).click();
    const networks = page.getByRole("region", { name: "Networks" });
    assert.match(await networks.innerText(), /[0-9a-f]{64}/);
    assert.deepEqual(await seriousProblems(), []);
  });

  it("exports CSV, ELAN, a picture of the timeline, and the emotions of each face", async () => {
    await page.getByRole("tab", { name: "Summary" }).click();
    await checkFigures(page, { "Mean probability of each emotion": ["happy", "Face 1"] });
    await page.getByRole("tab", { name: "How it was made" }).click();
    await page.locator(".exports summary").click();
    const csv = await readFile(await (await download("Frames, CSV")).path(), "utf8");
    assert.equal(csv.trim().split("\n").length > 50, true);
    const eaf = await readFile(await (await download("ELAN .eaf")).path(), "utf8");
    assert.match(eaf, /<ANNOTATION_DOCUMENT/);
    const png = await readFile(await (await download("Figure, PNG")).path());
    assert.equal(png.subarray(1, 4).toString("latin1"), "PNG");
    // 174 mm at 300 dots an inch.
    assert.ok(Math.abs(png.readUInt32BE(16) - 2055) < 5, `${png.readUInt32BE(16)} pixels wide`);
    const svg = await readFile(await (await download("Figure, SVG")).path(), "utf8");
    assert.match(svg, /^<svg[^>]* width="174mm"/);
    for (const word of ["Time", "happy", "Face 1"]) assert.ok(svg.includes(`>${word}<`), word);
    await page.keyboard.press("Escape");
  });

  it("makes a copy without faces, says what its check found, and lets it be saved", async () => {
    await page.locator(".share summary").click();
    await page.locator(".share").getByText("Make the copy").click();
    await page
      .locator(".share")
      .getByText(/^Check: nothing in 50 frames/)
      .waitFor({ timeout: 90_000 });
    assert.deepEqual(await seriousProblems(), []);
    const saving = page.waitForEvent("download");
    await page.getByRole("link", { name: "Save the copy" }).click();
    const copy = await saving;
    assert.match(copy.suggestedFilename(), /clip-without-faces\.mp4$/);
    assert.equal((await readFile(await copy.path())).subarray(4, 8).toString("latin1"), "ftyp");
    if (pictures !== undefined) await page.screenshot({ path: path.join(pictures, "share.png") });
    await page.keyboard.press("Escape");
  });

  it("has a dark and a narrow form in which nothing serious is wrong either", async () => {
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await background();
    await page.emulateMedia({ colorScheme: "dark" });
    assert.notEqual(await background(), light);
    assert.deepEqual(await seriousProblems(), []);
    await page.setViewportSize({ width: 380, height: 800 });
    assert.deepEqual(await seriousProblems(), []);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(overflow <= 0, `${overflow} px wider than the window`);
    await page.setViewportSize({ width: 1280, height: 900 });
  });

  it("says what goes and what stays before it deletes an analysis", async () => {
    await page.getByRole("link", { name: "Analyses", exact: true }).click();
    const trash = page.getByRole("button", { name: `Delete the results of ${clipName}`, exact: true });
    await trash.click();
    await page.getByText("The clip stays.").waitFor();
    assert.deepEqual(await seriousProblems(), []);
    await page.getByRole("button", { name: "Keep it" }).click();
    await trash.click();
    await page.getByRole("button", { name: `Delete the results of ${clipName} permanently` }).click();
    await page.getByText("No analyses yet.").waitFor();
    await access(path.join(daemon.folder, clipName));
  });

  it("draws a frame until the next one comes, also of a recording that states 1000 frames a second", async () => {
    const clip = path.join(daemon.folder, "thousand.mkv");
    const even = await makePhotoClip(path.join(daemon.folder, "even.mp4"), 2);
    // Times in whole milliseconds and no rate: what browsers record says 1000 frames a second.
    await makeClip(
      clip,
      ...["-i", even, "-an", "-vf", "settb=1/1000,setpts=PTS+mod(N\\,2)*7", "-vsync", "passthrough"],
      ...["-c:v", "libvpx", "-deadline", "realtime", "-r", "1000"],
    );
    const id = await daemon.analyse(clip);
    await page.goto(`${page.url().split("#")[0]!}#/analysis/${id}`);
    await page.getByRole("heading", { level: 1, name: "thousand.mkv" }).waitFor();
    await page.getByText(/^Loading: /).waitFor({ state: "detached" });
    await openAll();
    const title = page.locator(".timeline-titles span", { hasText: /^Face 1/ }).last();
    await title.scrollIntoViewIfNeeded();
    const row = (await title.boundingBox())!;
    const chart = (await page.getByRole("slider", { name: "Position in the clip" }).boundingBox())!;
    const picture = await page.screenshot({
      clip: { x: chart.x, y: row.y, width: chart.width, height: row.height },
    });
    const { data, info } = await sharp(picture).raw().toBuffer({ resolveWithObject: true });
    const isColoured = (x: number): boolean =>
      Array.from({ length: info.height }, (_, y) => (y * info.width + x) * info.channels).some(
        (at) => Math.max(...data.subarray(at, at + 3)) - Math.min(...data.subarray(at, at + 3)) > 40,
      );
    const columns = Array.from({ length: info.width }, (_, x) => x).filter(isColoured).length;
    const { tracks, summary } = (await daemon.call(getResult, { id })).result;
    const seen = tracks[0]!.frames / summary.frames;
    assert.ok(
      columns > 0.95 * seen * info.width,
      `${columns} of ${info.width} columns are drawn, and the face is there in ${seen} of the frames`,
    );
  });

  it("asks how many faces are followed, and of a clip with two sound tracks which is heard", async () => {
    const clip = path.join(daemon.folder, "two tracks.mkv");
    const sounds = [300, 500].flatMap((hertz) => ["-f", "lavfi", "-i", `sine=frequency=${hertz}:duration=2`]);
    await makeClip(
      clip,
      ...["-i", path.join(daemon.folder, clipName), ...sounds],
      ...["-map", "0:v", "-map", "1:a", "-map", "2:a", "-c:v", "copy", "-c:a", "aac"],
      ...["-metadata:s:a:1", "title=Interviewer"],
    );
    await page.evaluate(() => (location.hash = "#/analyses"));
    await page.getByRole("textbox", { name: "Path of a clip" }).fill(clip);
    await page.getByRole("button", { name: "Settings" }).click();
    await page.getByRole("textbox", { name: "Faces followed at a time, at most" }).fill("3");
    const tracks = page.locator('vscode-single-select[label="Sound track"]');
    await tracks.waitFor({ timeout: 90_000 });
    await tracks.click();
    await tracks.locator(".option", { hasText: "Sound track 2: Interviewer, aac" }).click();
    await page.getByRole("button", { name: "Analyse", exact: true }).click();
    const { config } = await until(async () =>
      (await daemon.call(listAnalyses, {})).analyses.find(({ mediaPath }) => mediaPath === clip),
    );
    assert.deepEqual([config["maxFaces"], config["audioTrack"]], [3, 2]);
  });
});
