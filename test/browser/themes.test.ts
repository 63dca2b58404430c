import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";
import { promisify } from "node:util";
import type { Browser, Page } from "playwright-core";
import { itemColumns } from "../../shared/beq/responseTable.ts";
import { consentForm } from "../../shared/protocol/beqForm.ts";
import { emotionLooks } from "../../shared/emotion/appearance.ts";
import { startLive, stopLive } from "../../shared/protocol/live.ts";
import {
  addParticipants,
  addSession,
  createStudy,
  getStudy,
  importResponses,
  linkAnalysis,
} from "../../shared/protocol/studyRoutes.ts";
import { makePhotoClip } from "../support/photoClip.ts";
import { seriousProblems } from "./axe.ts";
import { launchChromium } from "./chromium.ts";
import { TestDaemon } from "./daemon.ts";
import { saysUnderPointer } from "./underPointer.ts";

const run = promisify(execFile);
const { path: ffmpeg } = createRequire(import.meta.url)("@ffmpeg-installer/ffmpeg") as { path: string };
/** A folder for a picture of each view in each theme and width, for people to look at. */
const pictures = process.env["EDIN_PICTURES"];

const themes = [
  { name: "light", media: { colorScheme: "light" } },
  { name: "dark", media: { colorScheme: "dark" } },
  { name: "high contrast light", media: { colorScheme: "light", contrast: "more" } },
  { name: "high contrast dark", media: { colorScheme: "dark", contrast: "more" } },
  { name: "forced colours", media: { colorScheme: "dark", forcedColors: "active" } },
] as const;
/** A narrow side panel, and a wide window. */
const widths = [300, 1600];

describe("each view in each theme", function () {
  this.timeout(180_000);
  let daemon: TestDaemon;
  let browser: Browser;
  let page: Page;
  let clip = "";
  let result = "";
  let study = "";
  let form = "";
  let live = "";

  before(async function () {
    this.timeout(420_000);
    daemon = await TestDaemon.start();
    clip = await makePhotoClip(path.join(daemon.folder, "clip.mp4"), 2);
    result = await daemon.analyse(clip);
    await makeStudy();
    const camera = path.join(daemon.folder, "camera.mjpeg");
    await run(ffmpeg, ["-v", "error", "-nostdin", "-i", clip, "-an", "-c:v", "mjpeg", "-q:v", "4", camera]);
    browser = await launchChromium(
      "--use-fake-device-for-media-stream",
      "--use-fake-ui-for-media-stream",
      `--use-file-for-fake-video-capture=${camera}`,
    );
    const context = await browser.newContext({ reducedMotion: "reduce" });
    page = await context.newPage();
    await page.goto(await daemon.pageUrl());
    await page.getByRole("heading", { name: "Analyses" }).waitFor();
  });
  after(async () => {
    await browser.close();
    await daemon[Symbol.asyncDispose]();
  });

  /** Three participants with answers, of whom two have an analysis, and a form that is open. */
  const makeStudy = async (): Promise<void> => {
    study = (await daemon.call(createStudy, { name: "Pilot", consentText: "I agree to this." })).study.id;
    const ids = ["p1", "p2", "p3"];
    await daemon.call(addParticipants, { study, ids });
    const rows = ids.map(
      (id, k) => `${id}${itemColumns.map((_, item) => `,${((item * 3 + k) % 7) + 1}`).join("")}`,
    );
    const table = `participant,${itemColumns.join(",")}\n${rows.join("\n")}\n`;
    await daemon.call(importResponses, { study, data: Buffer.from(table).toString("base64") });
    const { participants } = (await daemon.call(getStudy, { study })).study;
    for (const { sessions } of participants.slice(0, 2)) {
      const session = sessions[0]!.id;
      await daemon.call(consentForm, { session, version: "1" });
      const analysis = await daemon.analyse(clip);
      await daemon.call(linkAnalysis, { session, analysis, role: "stimulus" });
    }
    form = (await daemon.call(addSession, { study, participant: "p3" })).session.id;
  };
  const faces = () =>
    page.locator(".live-picture canvas[data-faces]:not([data-faces='0'])").waitFor({ timeout: 60_000 });

  /** How each view is come to; what it needs is on the screen when the promise is fulfilled. */
  const views: Record<string, { at: () => string; ready: () => Promise<unknown> }> = {
    analyses: {
      at: () => "analyses",
      ready: () => page.getByRole("heading", { name: "Analyses" }).waitFor(),
    },
    result: {
      at: () => `analysis/${result}`,
      ready: async () => {
        await page.locator(".moment-row h3").first().waitFor();
        await page.waitForFunction(() => document.querySelector("video")!.readyState >= 2);
      },
    },
    models: { at: () => "models", ready: () => page.locator("article.card").first().waitFor() },
    studies: { at: () => "beq", ready: () => page.getByRole("link", { name: "Pilot" }).waitFor() },
    participants: {
      at: () => `beq/${study}`,
      ready: () => page.getByRole("rowheader", { name: "p3" }).waitFor(),
    },
    scores: {
      at: () => `beq/${study}`,
      ready: async () => {
        await page.getByRole("tab", { name: "Scores" }).click();
        await page.getByRole("region", { name: "Scores of each form" }).waitFor();
      },
    },
    validation: {
      at: () => `beq/${study}`,
      ready: async () => {
        await page.getByRole("tab", { name: "Validation" }).click();
        await page.getByRole("button", { name: "Run the validation" }).click();
        await page.locator(".report table").first().waitFor({ timeout: 60_000 });
      },
    },
    form: {
      at: () => `form/${form}`,
      ready: async () => {
        await page.getByRole("button", { name: "I agree" }).click();
        await page.getByText("Statement 1 of 16").waitFor();
      },
    },
    "live sources": {
      at: () => "live",
      ready: () => page.getByRole("tab", { name: "Clip, as if live" }).click(),
    },
    live: {
      at: () => `live/${live}`,
      ready: async () => {
        await faces();
        await page.locator(".timeline-titles span", { hasText: /^Face 1/ }).waitFor();
      },
    },
    "capture start": {
      at: () => "capture",
      ready: () => page.getByRole("heading", { name: "Capture" }).waitFor(),
    },
    capture: {
      at: () => "capture",
      ready: async () => {
        await page.getByText(/I agree/).click();
        await page.getByRole("button", { name: "Start" }).click();
        await faces();
      },
    },
  };

  for (const [view, { at, ready }] of Object.entries(views))
    it(`${view}: nothing serious is wrong, and nothing is wider than its window`, async () => {
      if (view === "live") live = await playLive();
      await page.setViewportSize({ width: widths[1]!, height: 900 });
      await page.evaluate((to) => (location.hash = `#/${to}`), at());
      await ready();
      for (const theme of themes)
        for (const width of widths) {
          await page.emulateMedia({ contrast: null, forcedColors: "none", ...theme.media });
          await page.setViewportSize({ width, height: 900 });
          const where = `${view}, ${theme.name}, ${width} px`;
          // Forced colours are the system's own: axe cannot see them.
          if (theme.name !== "forced colours" && (width === widths[0] || theme.name === "light"))
            assert.deepEqual(await seriousProblems(page), [], where);
          // A chart follows its window a frame later.
          await page
            .waitForFunction(() => document.documentElement.scrollWidth <= innerWidth)
            .catch((cause: unknown) => assert.fail(`${where}: wider than its window (${String(cause)})`));
          if (pictures !== undefined)
            await page.screenshot({
              path: path.join(pictures, `${where.replaceAll(/[, ]+/g, "-")}.png`),
              fullPage: true,
            });
        }
      if (view === "live") await daemon.call(stopLive, { id: live });
      if (view === "capture") await page.getByRole("button", { name: "Stop", exact: true }).click();
    });

  it("emotions have the same colours in each theme, in charts, bars and legend", async () => {
    await page.setViewportSize({ width: widths[1]!, height: 900 });
    await page.evaluate((to) => (location.hash = `#/${to}`), views["result"]!.at());
    await views["result"]!.ready();
    await page.getByText(/^Loading: /).waitFor({ state: "detached" });
    const happy = emotionLooks.happy.colour;
    for (const { name, media } of themes) {
      await page.emulateMedia({ contrast: null, forcedColors: "none", ...media });
      await page
        .waitForFunction((colour) => {
          const swatches = [...document.querySelectorAll<HTMLElement>(".legend .swatch, .bars .bar > span")];
          const wanted = new OffscreenCanvas(1, 1).getContext("2d")!;
          wanted.fillStyle = colour;
          wanted.fillRect(0, 0, 1, 1);
          const [r, g, b] = wanted.getImageData(0, 0, 1, 1).data;
          const canvas = document.querySelector<HTMLCanvasElement>(".timeline-layers")!;
          const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
          let painted = 0;
          for (let i = 0; i < data.length; i += 4)
            if (data[i] === r && data[i + 1] === g && data[i + 2] === b && data[i + 3] === 255) painted++;
          const shown = swatches.some(
            (one) => getComputedStyle(one).backgroundColor === `rgb(${r}, ${g}, ${b})`,
          );
          return shown && painted > 500;
        }, happy)
        .catch((cause: unknown) => assert.fail(`${name}: happy is not ${happy} (${String(cause)})`));
    }
  });

  it("charts of a report say what is under the pointer", async () => {
    for (const width of widths) {
      await page.setViewportSize({ width, height: 900 });
      await page.evaluate(() => (location.hash = "#/beq"));
      await views["studies"]!.ready();
      await page.evaluate((to) => (location.hash = `#/${to}`), views["validation"]!.at());
      await views["validation"]!.ready();
      const chart = page.getByRole("img", { name: "Distribution of Total" });
      await saysUnderPointer({ chart, share: 0.5 }, /^\d\.\d to \d\.\d\d+ participants?$/);
    }
  });

  /** Plays the clip again and again, longer than the looking lasts. */
  const playLive = async (): Promise<string> => {
    const file = path.join(daemon.folder, "long.mp4");
    await run(ffmpeg, ["-v", "error", "-nostdin", "-stream_loop", "299", "-i", clip, "-c", "copy", file]);
    return (await daemon.call(startLive, { source: { kind: "file", path: file } })).session.id;
  };
});
