import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { promisify } from "node:util";
import type { Browser, Page } from "playwright-core";
import { synthesizeVoice } from "../../daemon/sample/sampleVoice.ts";
import { encodeWav } from "../../daemon/media/wav.ts";
import { getResult } from "../../shared/protocol/analyses.ts";
import { getForm } from "../../shared/protocol/beqForm.ts";
import {
  addParticipants,
  addSession,
  createStudy,
  getStudy,
  updateParticipant,
} from "../../shared/protocol/studyRoutes.ts";
import { isAppError } from "../../shared/errors.ts";
import { listLive, startLive, type LiveSession } from "../../shared/protocol/live.ts";
import { makePhotoClip } from "../support/photoClip.ts";
import { seriousProblems } from "./axe.ts";
import { checkFigures } from "./checkFigures.ts";
import { launchChromium } from "./chromium.ts";
import { TestDaemon } from "./daemon.ts";
import { pictures } from "./eachTheme.ts";
import { saysUnderPointer } from "./underPointer.ts";

const run = promisify(execFile);
const { path: ffmpeg } = createRequire(import.meta.url)("@ffmpeg-installer/ffmpeg") as { path: string };

const question = "How was <img src=x onerror=alert(1)> your day?";
const interview = `
title: Short
consent: We look at your face.
prompts:
  - {id: rest, text: Rest for a second., speak: false, answerSeconds: 1, pauseMs: 0}
  - {id: day, text: "${question}", speak: false, until: key, pauseMs: 0}
`;

/** A real Chromium whose camera is a clip of a photograph, through a whole capture. */
describe("the capture page in Chromium", function () {
  this.timeout(120_000);
  let daemon: TestDaemon;
  let browser: Browser;
  let page: Page;
  let session: LiveSession;
  const problems: string[] = [];

  const launch = (camera: string, microphone: string, more: readonly string[] = []): Promise<Browser> =>
    launchChromium(
      "--use-fake-device-for-media-stream",
      `--use-file-for-fake-video-capture=${camera}`,
      `--use-file-for-fake-audio-capture=${microphone}`,
      ...more,
    );
  const openCapture = async (from: Browser): Promise<Page> => {
    const context = await from.newContext({ viewport: { width: 1280, height: 900 }, colorScheme: "light" });
    const opened = await context.newPage();
    opened.on("pageerror", (error) => problems.push(error.message));
    opened.on("console", (message) => {
      if (message.text().includes("Content Security Policy")) problems.push(message.text());
    });
    await opened.goto(`${await daemon.pageUrl()}&view=capture`);
    await opened.getByRole("heading", { name: "Capture" }).waitFor();
    return opened;
  };
  let camera = "";
  let microphone = "";

  before(async function () {
    this.timeout(240_000);
    daemon = await TestDaemon.start();
    const clip = await makePhotoClip(path.join(daemon.folder, "clip.mp4"), 3);
    camera = path.join(daemon.folder, "camera.mjpeg");
    await run(ffmpeg, ["-v", "error", "-nostdin", "-i", clip, "-an", "-c:v", "mjpeg", "-q:v", "4", camera]);
    microphone = path.join(daemon.folder, "microphone.wav");
    await writeFile(microphone, encodeWav(synthesizeVoice(4, 48_000), 48_000));
    browser = await launch(camera, microphone, ["--use-fake-ui-for-media-stream"]);
    page = await openCapture(browser);
  });
  after(async () => {
    await browser.close();
    await daemon[Symbol.asyncDispose]();
  });
  afterEach(() => assert.deepEqual(problems, []));

  const spectrogram = () => ({ chart: page.getByRole("img", { name: /^Mel spectrogram/ }), share: 0.97 });
  /** Its first row. */
  const history = () => ({
    chart: page.getByRole("img", { name: /^Probabilities over the last 30/ }),
    ...{ share: 0.06, down: 0.3 },
  });
  const light = () => page.locator(".light");
  const start = () => page.getByRole("button", { name: "Start" });
  const consent = () => page.getByText(/I agree/);
  const mayStart = () => start().evaluate((button) => !(button as HTMLButtonElement).disabled);

  it("starts nothing before the consent to this very use", async () => {
    assert.equal(await mayStart(), false);
    await consent().click();
    assert.equal(await mayStart(), true);
    await page.getByText("Record pictures").click();
    assert.equal(await mayStart(), false, "recording was not agreed to");
    await page.getByText("Pictures, sound and results are recorded").waitFor();
    assert.deepEqual(await seriousProblems(page), []);
  });

  it("names the line of a fault in an interview file", async () => {
    const choose = async (text: string): Promise<void> => {
      const file = { name: "my.interview.yaml", mimeType: "text/yaml", buffer: Buffer.from(text) };
      await page.locator("input[type=file]").setInputFiles(file);
    };
    await choose(interview.replace("until: key", "until: later"));
    await page.getByRole("alert").getByText("line 6").waitFor();
    await choose(interview);
    await page.getByText("Short, 2 prompts").waitFor();
    await page.getByText("We look at your face.").waitFor();
  });

  it("shows camera and microphone before, to this page alone", async () => {
    await page.getByRole("button", { name: "Try camera and microphone" }).click();
    await page.waitForFunction(() => (document.querySelector("video")?.videoWidth ?? 0) > 0);
    await page.waitForFunction(() => document.querySelector<HTMLMeterElement>("meter")!.value > -60);
    assert.deepEqual(await seriousProblems(page), []);
    assert.deepEqual((await daemon.call(listLive, {})).sessions, []);
    await page.getByRole("button", { name: "Close the preview" }).click();
    assert.equal(await page.locator("video").count(), 0);
    // The researcher looks on in what follows.
    await page.getByText("The participant sees the questions only").click();
  });

  it("shows the face of the camera with boxes, bars and the level of the voice", async () => {
    await consent().click();
    await start().click();
    await light().getByText("Recording").waitFor();
    await page.locator(".moment-row[data-track='1'] .bars").waitFor({ timeout: 60_000 });
    await page.locator(".live-picture canvas[data-faces]:not([data-faces='0'])").waitFor();
    await drawn(page, ".live-picture canvas");
    await page.waitForFunction(() => document.querySelector<HTMLMeterElement>("meter")!.value > -60);
    await drawn(page, ".voice canvas");
    await saysUnderPointer(spectrogram(), /^0\.\d s ago(strongest at \d+ Hz|nothing to be heard)$/);
    assert.match(
      await page.locator(".voice .scaled-plot").innerText(),
      /^[\d.]+ kHz\s+0 Hz\s+\d+\.\d s ago\s+now$/,
    );
    await saysUnderPointer(history(), /^0:0[12]\.\d/);
    // How late live figures are is said beside them.
    await page.getByText(/^Live emotions follow: a face by about 0\.3 s .*, a voice by 1 to 2 s/).waitFor();
    // The clip of the camera has cuts, at which a face is new and has no emotion yet.
    await page.waitForFunction(() => {
      const cells = [...document.querySelectorAll(".moment-row[data-track='1'] .figure")];
      const sum = cells.reduce((all, cell) => all + Number.parseInt(cell.textContent, 10), 0);
      return Math.abs(sum - 100) <= 4;
    });
    assert.deepEqual(await seriousProblems(page), []);
  });

  it("leads through the interview by time and by key, prompts as text (S14)", async () => {
    const box = page.getByRole("region", { name: "Interview" });
    await box.getByText(question).waitFor();
    await page.locator(".interview[data-phase=answer]").waitFor();
    assert.equal(await page.locator("main img").count(), 0);
    await page.waitForTimeout(300);
    await page.keyboard.press("Space");
    await box.getByText("That was the last question.").waitFor();
  });

  it("is seen by another window too, picture and all", async () => {
    const { sessions } = await daemon.call(listLive, {});
    assert.equal(sessions.length, 1);
    const other = await page.context().newPage();
    await other.goto(`${new URL(page.url()).origin}/#/live`);
    await other.getByRole("link", { name: "Capture page" }).click();
    await other
      .locator(".live-picture canvas[data-faces]:not([data-faces='0'])")
      .waitFor({ timeout: 30_000 });
    await drawn(other, ".live-picture canvas");
    await other.locator(".moment-row[data-track='1'] .bars").waitFor();
    await other.locator(".voice canvas").waitFor();
    assert.deepEqual(await seriousProblems(other), []);
    await other.close();
  });

  it("saves its history and the sound as figures while it goes on", async () => {
    await checkFigures(page, {
      "live-history": ["Time", "Face 1", "happy"],
      "live-spectrogram": ["Time", "0 Hz"],
    });
  });

  it("has a dark and a narrow form in which nothing serious is wrong either", async () => {
    await page.emulateMedia({ colorScheme: "dark" });
    await page.setViewportSize({ width: 320, height: 800 });
    assert.deepEqual(await seriousProblems(page), []);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(overflow <= 0, `${overflow} px wider than the window`);
    for (const share of [0.05, 0.45, 0.95]) {
      await saysUnderPointer({ ...history(), share }, /^\d:\d\d/);
      await saysUnderPointer({ ...spectrogram(), share }, /s ago/);
    }
    await page.emulateMedia({ colorScheme: "light" });
    await page.setViewportSize({ width: 1280, height: 900 });
  });

  it("ends with results that hold the interview", async () => {
    await page.getByRole("button", { name: "Stop", exact: true }).click();
    await page.getByRole("link", { name: "Open its results" }).click({ timeout: 60_000 });
    await page.locator(".timeline-titles span", { hasText: "Answers" }).waitFor({ timeout: 30_000 });
    session = (await daemon.call(listLive, {})).sessions[0]!;
    assert.equal(session.consent?.text.startsWith("We look at your face."), true);
    const { result } = await daemon.call(getResult, { id: session.analysisId! });
    const segments = result.events.filter(({ kind }) => kind === "prompt" || kind === "answer");
    assert.deepEqual(segments.map(({ kind, label }) => `${kind}: ${label ?? ""}`).slice(-2), [
      `prompt: ${question}`,
      `answer: ${question}`,
    ]);
    assert.ok(result.summary.framesWithFace > 5, `${result.summary.framesWithFace} frames`);
  });

  it("leaves a recording that can be analysed again", async () => {
    const file = session.recording!.path;
    assert.ok((await stat(file)).size > 20_000);
    const { result } = await daemon.call(getResult, { id: await daemon.analyse(file) });
    assert.ok(result.media.audio !== undefined && result.summary.framesWithFace > 20);
  });

  it("shows a participant the questions and one button; the recording belongs to them and is analysed with its answers", async function () {
    this.timeout(400_000);
    const { study } = await daemon.call(createStudy, { name: "Pilot", consentText: "I agree." });
    await daemon.call(addParticipants, { study: study.id, ids: ["p01", "p02"] });
    const { form } = await daemon.call(getForm, {
      session: (await daemon.call(addSession, { study: study.id, participant: "p01" })).session.id,
    });
    await daemon.call(updateParticipant, {
      ...{ study: study.id, participant: "p01" },
      consent: { version: form.consent.version, givenAt: new Date().toISOString(), givenBy: "kim" },
    });
    await assert.rejects(
      daemon.call(startLive, {
        ...{ source: { kind: "page" }, participant: { study: study.id, participant: "p02" } },
      }),
      (error) => isAppError(error, "conflict"),
    );
    // The page asks which studies there are when it is opened.
    await page.evaluate(() => (location.hash = "#/models"));
    await page.getByRole("heading", { name: "Models" }).waitFor();
    await page.evaluate(() => (location.hash = "#/capture"));
    await page.getByRole("heading", { name: "Capture" }).waitFor();
    const choose = async (name: string, option: string): Promise<void> => {
      await page.getByRole("combobox", { name }).click();
      await page.getByRole("option", { name: option }).click();
    };
    await choose("Study", "Pilot");
    await page.getByText("1 of 2 participants without consent as yet.").waitFor();
    await choose("Participant", "p01");
    await choose("It shows", "something moves the person");
    await page.getByRole("textbox", { name: "Condition" }).fill("alone");
    await page.getByRole("textbox", { name: "Stimulus" }).fill("two questions");
    const file = { name: "my.interview.yaml", mimeType: "text/yaml", buffer: Buffer.from(interview) };
    await page.locator("input[type=file]").setInputFiles(file);
    await page.getByText("Short, 2 prompts").waitFor();
    await page.getByText("Record pictures").click();
    await consent().click();
    await start().click();
    const view = page.getByRole("region", { name: "Interview" });
    await view.getByText(question).waitFor({ timeout: 60_000 });
    assert.equal(await page.locator("main").getByRole("button").count(), 1);
    assert.equal(await page.locator(".moment-row, .live-picture, meter").count(), 0);
    assert.deepEqual(await seriousProblems(page), []);
    if (pictures !== undefined) await page.screenshot({ path: path.join(pictures, "participant.png") });
    // A prompt that is not spoken turns to its answer by itself.
    await page.locator(".participant-view[data-phase=answer]").waitFor();
    await view.getByRole("button", { name: "Go on" }).click();
    await view.getByText("That was the last question.").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("link", { name: "Open its results" }).waitFor({ timeout: 60_000 });
    const [latest] = (await daemon.call(listLive, {})).sessions;
    assert.match(path.basename(latest!.recording!.path), /^\d{4}-\d\d-\d\d [\d.]+ p01 Short\.webm$/);
    const linked = async () =>
      (await daemon.call(getStudy, { study: study.id })).study.participants
        .find(({ id }) => id === "p01")!
        .sessions.flatMap(({ analyses }) => analyses);
    const shows = { role: "stimulus", condition: "alone", stimulus: "two questions" };
    const [own, ...others] = await linked();
    assert.deepEqual(
      [own!.id, own!.role, own!.condition, own!.stimulus, others],
      [latest!.analysisId, ...Object.values(shows), []],
    );
    await page.getByRole("button", { name: "Analyse the recording" }).click();
    await page
      .locator(".page.result .timeline-titles span", { hasText: "Answers" })
      .waitFor({ timeout: 300_000 });
    const [again] = await linked();
    assert.notEqual(again!.id, latest!.analysisId);
    assert.deepEqual([again!.role, again!.condition, again!.stimulus], Object.values(shows));
    const { result } = await daemon.call(getResult, { id: again!.id });
    const answers = result.events.filter(({ kind }) => kind === "answer").map(({ label }) => label);
    assert.deepEqual(answers, ["Rest for a second.", question]);
  });

  it("says what to do when the camera is refused", async () => {
    const refusing = await launch(camera, microphone, ["--use-fake-ui-for-media-stream=deny"]);
    try {
      const refused = await openCapture(refusing);
      await refused.getByText(/I agree/).click();
      await refused.getByRole("button", { name: "Start" }).click();
      await refused.getByRole("alert").getByText("Allow them in the settings of this site").waitFor();
    } finally {
      await refusing.close();
    }
  });
});

/** Waits until a canvas shows anything at all. */
async function drawn(page: Page, selector: string): Promise<void> {
  await page.waitForFunction((wanted) => {
    const canvas = document.querySelector<HTMLCanvasElement>(wanted)!;
    const { width, height } = canvas;
    if (width === 0 || height === 0) return false;
    return canvas
      .getContext("2d")!
      .getImageData(0, 0, width, height)
      .data.some((value) => value !== 0);
  }, selector);
}
