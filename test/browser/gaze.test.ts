import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";
import { promisify } from "node:util";
import type { Browser, Page } from "playwright-core";
import { getForm } from "../../shared/protocol/beqForm.ts";
import {
  addParticipants,
  addSession,
  createStudy,
  getStudy,
  updateParticipant,
} from "../../shared/protocol/studyRoutes.ts";
import { makeDrawnClip } from "../support/drawnClip.ts";
import { seriousProblems } from "./axe.ts";
import { launchChromium } from "./chromium.ts";
import { TestDaemon } from "./daemon.ts";
import { pictures } from "./eachTheme.ts";

const run = promisify(execFile);
const { path: ffmpeg } = createRequire(import.meta.url)("@ffmpeg-installer/ffmpeg") as { path: string };

/** A real Chromium before whose camera a drawn face looks straight ahead. */
describe("the calibration of a gaze on the page", function () {
  this.timeout(240_000);
  let daemon: TestDaemon;
  let browser: Browser;
  let page: Page;
  let study: string;

  before(async () => {
    daemon = await TestDaemon.start();
    const clip = await makeDrawnClip(path.join(daemon.folder, "face.mp4"), "dora", [
      { seconds: 3, shapes: {} },
    ]);
    const camera = path.join(daemon.folder, "camera.mjpeg");
    await run(ffmpeg, ["-v", "error", "-nostdin", "-i", clip, "-c:v", "mjpeg", "-q:v", "4", camera]);
    ({ id: study } = (await daemon.call(createStudy, { name: "Pilot", consentText: "I agree." })).study);
    await daemon.call(addParticipants, { study, ids: ["p01"] });
    const { session } = await daemon.call(addSession, { study, participant: "p01" });
    const { version } = (await daemon.call(getForm, { session: session.id })).form.consent;
    await daemon.call(updateParticipant, {
      ...{ study, participant: "p01" },
      consent: { version, givenAt: new Date().toISOString(), givenBy: "kim" },
    });
    browser = await launchChromium(
      "--use-fake-device-for-media-stream",
      "--use-fake-ui-for-media-stream",
      `--use-file-for-fake-video-capture=${camera}`,
    );
    page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
    await page.goto(await daemon.pageUrl());
    // Signing in loads the page once more.
    await page.getByRole("heading", { name: "Analyses" }).waitFor();
    await page.evaluate(() => (location.hash = "#/gaze"));
    await page.getByRole("heading", { name: "Calibrate gaze" }).waitFor();
  });
  after(async () => {
    await browser.close();
    await daemon[Symbol.asyncDispose]();
  });

  const photograph = async (name: string): Promise<void> => {
    if (pictures !== undefined) await page.screenshot({ path: path.join(pictures, `${name}.png`) });
  };
  const stage = (point: number) => page.locator(`.gaze-stage[data-point="${point}"]`);

  it("asks for consent, the screen and whose gaze it is", async () => {
    const choose = async (name: string, option: string): Promise<void> => {
      await page.getByRole("combobox", { name }).click();
      await page.getByRole("option", { name: option }).click();
    };
    await choose("Study", "Pilot");
    await choose("Participant", "p01");
    // So far away all points lie almost straight ahead, where the face looks: what is left to correct is a constant.
    await page.getByLabel("Eyes to screen, cm").locator("input").fill("300");
    assert.deepEqual(await seriousProblems(page), []);
    await photograph("gaze-start");
    await page.getByText(/I agree/).click();
    await page.getByRole("button", { name: "Start" }).click();
  });

  it("shows point after point on the whole screen, and skips one at Space", async () => {
    await stage(0).waitFor({ timeout: 90_000 });
    await page.getByText("Point 1 of 13, middle.").waitFor();
    assert.deepEqual(await seriousProblems(page), []);
    await photograph("gaze-point");
    // A point is there for a second or two: the page itself presses the key as soon as it sees one of the last four.
    await page.evaluate(() => {
      const skipped = new Set<string>();
      new MutationObserver(() => {
        const point = document.querySelector<HTMLElement>(".gaze-stage")?.dataset["point"] ?? "";
        if (!["5", "6", "7", "8"].includes(point) || skipped.has(point)) return;
        skipped.add(point);
        document.body.dispatchEvent(new KeyboardEvent("keydown", { key: " ", bubbles: true }));
      }).observe(document.body, { subtree: true, childList: true, attributes: true });
    });
    await page.getByRole("table").waitFor({ timeout: 90_000 });
  });

  it("says its error at points that it was not fitted on, names the points to repeat, and keeps it for the participant", async () => {
    await page.getByText(/At 4 points that it was not fitted on the gaze is off by/).waitFor();
    assert.equal(await page.getByRole("cell", { name: "not read" }).count(), 4);
    await page.getByRole("button", { name: /^Repeat \d points?$/ }).waitFor();
    assert.deepEqual(await seriousProblems(page), []);
    await photograph("gaze-outcome");
    await page.getByRole("button", { name: "Keep for p01" }).click();
    await page.getByText("Kept: later live sessions of p01").waitFor();
    const { gazeCalibration } = (await daemon.call(getStudy, { study })).study.participants[0]!;
    assert.equal(gazeCalibration?.error.points, 5);
    assert.ok(gazeCalibration.check!.afterDeg < gazeCalibration.check!.beforeDeg);
    assert.equal(gazeCalibration.screen?.distanceCm, 300);
  });

  it("ends at Escape in the middle, with nothing said and the camera off", async () => {
    await page.getByRole("button", { name: "Repeat all" }).click();
    await stage(0).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Start" }).waitFor();
  });

  it("stands with the participant, with its error and screen, until somebody deletes it and says so twice", async () => {
    await page.evaluate((id) => (location.hash = `#/beq/${id}`), study);
    const remove = page.getByRole("button", { name: "Delete the gaze calibration of p01", exact: true });
    await remove.waitFor();
    await page.getByText(/degrees off at 4 points .* on a screen of 34 x \d+ cm at 300 cm/).waitFor();
    assert.deepEqual(await seriousProblems(page), []);
    await photograph("gaze-kept");
    await remove.click();
    await page.getByRole("button", { name: "Keep the gaze calibration of p01" }).click();
    await remove.click();
    await page.getByRole("button", { name: "Delete the gaze calibration of p01 permanently" }).click();
    await remove.waitFor({ state: "detached" });
    assert.equal((await daemon.call(getStudy, { study })).study.participants[0]!.gazeCalibration, undefined);
  });
});
