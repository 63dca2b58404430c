import assert from "node:assert/strict";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { makePhotoClip } from "../support/photoClip.ts";
import { launchChromium } from "./chromium.ts";
import { TestDaemon } from "./daemon.ts";
import { stepsTogether } from "./inStep.ts";

describe("the magnified face on the result page", function () {
  this.timeout(300_000);
  let daemon: TestDaemon;
  let browser: Browser;
  let page: Page;

  before(async () => {
    daemon = await TestDaemon.start();
    const id = await daemon.analyse(await makePhotoClip(path.join(daemon.folder, "evm.mp4"), 2), "evm");
    browser = await launchChromium();
    page = await browser.newPage({ viewport: { width: 1280, height: 1200 } });
    await page.goto(await daemon.pageUrl());
    await page.getByRole("heading", { name: "Analyses" }).waitFor();
    await page.goto(`${new URL(page.url()).origin}/#/analysis/${id}`);
    await page.getByRole("region", { name: "Magnified face" }).waitFor();
    await page.locator(".moment-row h3", { hasText: /^Face 1/ }).waitFor();
    await page.getByText(/^Loading: /).waitFor({ state: "detached" });
    await page.waitForFunction(() =>
      [...document.querySelectorAll("video")].every(({ readyState }) => readyState >= 2),
    );
  });
  after(async () => {
    await browser.close();
    await daemon[Symbol.asyncDispose]();
  });

  it("has both halves and goes where the keys take the clip", async () => {
    const size = await page
      .locator(".face-view video")
      .evaluate((video: HTMLVideoElement) => [video.videoWidth, video.videoHeight]);
    assert.deepEqual(size, [512, 256]);
    await stepsTogether(page, 5);
  });

  it("plays and pauses with the clip", async () => {
    await page.keyboard.press("Home");
    await page.keyboard.press(" ");
    await page.waitForFunction(() =>
      [...document.querySelectorAll("video")].every(({ currentTime }) => currentTime > 0.2),
    );
    await page.keyboard.press(" ");
    await page.waitForFunction(() => {
      const [clip, magnified] = [...document.querySelectorAll("video")];
      const both = clip!.paused && magnified!.paused;
      return both && Math.abs(clip!.currentTime - magnified!.currentTime) < 0.2;
    });
  });
});
