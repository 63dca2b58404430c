import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import type { Page } from "playwright-core";
import { startAnalysis } from "../../shared/protocol/analyses.ts";
import { listJobs, pauseQueue, resumeQueue } from "../../shared/protocol/jobs.ts";
import { makePhotoClip } from "../support/photoClip.ts";
import { until } from "../support/until.ts";
import { visitDaemon, type Visit } from "./chromium.ts";
import type { TestDaemon } from "./daemon.ts";
import { checkEachTheme } from "./eachTheme.ts";

/** What waits, runs and ended, and what a user does with it, by keyboard alone. */
describe("the queue in Chromium", function () {
  this.timeout(240_000);
  let visit: Visit;
  let daemon: TestDaemon;
  let page: Page;

  before(async () => {
    visit = await visitDaemon(async (begun) => {
      await begun.call(pauseQueue, { kind: "analysis" });
      await makePhotoClip(path.join(begun.folder, "first.mp4"), 8);
      await makePhotoClip(path.join(begun.folder, "second.mp4"), 8);
      await writeFile(path.join(begun.folder, "broken.mp4"), "no clip");
      for (const name of ["first", "second", "broken"])
        await begun.call(startAnalysis, {
          mediaPath: path.join(begun.folder, `${name}.mp4`),
          owner: "A study",
        });
    });
    ({ daemon, page } = visit);
    await page.getByRole("link", { name: "Queue" }).click();
    await page.getByRole("heading", { name: "Queue" }).waitFor();
  });
  after(() => visit[Symbol.asyncDispose]());
  afterEach(() => assert.deepEqual(visit.problems, []));

  const press = async (name: string | RegExp): Promise<void> => {
    await page.getByRole("button", { name }).first().focus();
    await page.keyboard.press("Enter");
  };
  const tab = async (name: RegExp): Promise<void> => {
    await page.getByRole("tab", { name }).click();
  };
  const row = (name: string) => page.getByRole("tabpanel").getByRole("row", { name: new RegExp(name) });

  it("shows what waits, and moves and cancels it", async () => {
    await page.getByRole("tab", { name: "Running (0)" }).focus();
    await page.keyboard.press("ArrowRight");
    await page.getByRole("tab", { name: "Waiting (3)", selected: true }).waitFor();
    await row("second.mp4").waitFor();
    await press("Raise the priority of second.mp4 to 10");
    await press("Raise the priority of second.mp4 to 20");
    await until(async () => (await queued()).some(({ priority }) => priority === 20));
    await press("Cancel first.mp4");
    await page.getByRole("tab", { name: "Waiting (2)" }).waitFor();
    await checkEachTheme(page, "queue-waiting");
  });

  it("resumes a kind, retries what was cancelled, and tells what ended, by worker", async () => {
    await press("Resume analysis");
    await page.getByRole("tab", { name: "Done (1)" }).waitFor({ timeout: 120_000 });
    await tab(/^Cancelled \(1\)/);
    await press("Retry first.mp4");
    await page.getByRole("tab", { name: "Done (2)" }).waitFor({ timeout: 120_000 });
    await tab(/^Done/);
    await row("first.mp4").waitFor();
    const workers = page.getByRole("region", { name: /^Jobs by the process/ });
    await workers.getByRole("row", { name: /:\d+ 0 2 1/ }).waitFor();
  });

  it("shows why a job failed and what was logged of it, with its id", async () => {
    await tab(/^Failed \(1\)/);
    const failed = row("broken.mp4");
    await failed.waitFor();
    await press("Show the log of broken.mp4");
    const log = page.getByRole("region", { name: "Log of broken.mp4" });
    const lines = log.getByRole("region", { name: "Lines of the log" });
    await lines.getByText("job_begun").waitFor();
    const text = await lines.innerText();
    assert.match(text, /job_failed/);
    assert.equal(await log.evaluate((section) => section === document.activeElement), true);
    await checkEachTheme(page, "queue-log");
    await page.keyboard.press("Escape");
    await log.waitFor({ state: "detached" });
  });

  it("stays inside a window of 320 px", async () => {
    await page.setViewportSize({ width: 320, height: 800 });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= 320, String(wide));
    await checkEachTheme(page, "queue-narrow");
    await page.setViewportSize({ width: 1280, height: 900 });
    await daemon.call(resumeQueue, { kind: "analysis" });
  });

  const queued = async () => (await daemon.call(listJobs, { state: "queued" })).jobs;
});
