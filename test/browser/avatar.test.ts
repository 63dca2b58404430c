import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Locator, Page } from "playwright-core";
import { probeMedia } from "../../daemon/media/probe.ts";
import { listAnalyses } from "../../shared/protocol/analyses.ts";
import { makePhotoClip } from "../support/photoClip.ts";
import { until } from "../support/until.ts";
import { makeHead } from "../support/tinyHead.ts";
import { visitDaemon, type Visit } from "./chromium.ts";
import { stepsTogether } from "./inStep.ts";

const valueOf = (element: Element): string => (element as HTMLInputElement).value;

describe("avatars on the page", function () {
  this.timeout(300_000);
  let visit: Visit;
  let page: Page;
  let clip: string;
  before(async () => {
    visit = await visitDaemon();
    ({ page } = visit);
    clip = await makePhotoClip(path.join(visit.daemon.folder, "clip.mp4"), 1);
  });
  after(() => visit[Symbol.asyncDispose]());

  const select = (label: string): Locator => page.locator(`vscode-single-select[label="${label}"]`);
  /** A list that gets its options, or is moved by what is loaded above it, while it is open may close: then it is opened again. */
  const choose = async (label: string, option: RegExp): Promise<void> => {
    await select(label).locator("vscode-option", { hasText: option }).waitFor({ state: "attached" });
    await until(async () => {
      await select(label).click();
      const chosen = select(label).locator(".option", { hasText: option });
      return chosen.click({ timeout: 2000 }).then(
        () => true,
        () => false,
      );
    }, 60_000);
  };

  it("a head of one's own is imported from its file, told what it lacks, and chosen; a file that is none says what to do", async () => {
    const folder = visit.daemon.folder;
    await writeFile(path.join(folder, "Tiny.vrm"), await makeHead());
    await writeFile(path.join(folder, "page.glb"), "<!DOCTYPE html>");
    await choose("Pipeline", /^\s*Avatar\s*$/);
    const file = page.getByRole("textbox", { name: "Avatar from a file" });
    await file.fill(path.join(folder, "page.glb"));
    const take = page.getByRole("button", { name: "Import the avatar" });
    await take.click();
    await page.getByText("Download the file itself").waitFor({ timeout: 60_000 });
    await file.fill(path.join(folder, "Tiny.vrm"));
    await take.click();
    await page.getByText(/^tiny-[0-9a-f]{8} is among your avatars\. It has 5 of ARKit's 51 shapes/).waitFor();
    await until(async () => /^tiny-/.test(await select("Avatar of the first face").evaluate(valueOf)));
  });

  it("an analysis is started with an avatar, an engine and the face as it is at rest; its clip is in step with the result", async () => {
    await page.getByRole("textbox", { name: "Path of a clip" }).fill(clip);
    await choose("Pipeline", /^\s*Avatar\s*$/);
    // With the networks the form has all of its fields.
    await select("Network: face").waitFor();
    await choose("Avatar of the first face", /^\s*gob\s*$/);
    await choose("How the face moves it", /^\s*Moved as a picture\s*$/);
    await page.getByText("Without what the face shows at rest").click();
    await page.getByRole("button", { name: "Analyse", exact: true }).click();
    const { config } = await until(async () =>
      (await visit.daemon.call(listAnalyses, {})).analyses.find(({ mediaPath }) => mediaPath === clip),
    );
    const { name, engine, relative } = config["avatar"] as Record<string, unknown>;
    assert.deepEqual([name, engine, relative], ["gob", "fomm", false]);
    await page.getByRole("link", { name: "clip.mp4" }).click({ timeout: 120_000 });
    await page.getByRole("region", { name: "Avatar" }).waitFor();
    await page.waitForFunction(() => {
      const videos = [...document.querySelectorAll("video")];
      return videos.length === 2 && videos.every(({ readyState }) => readyState >= 2);
    });
    await stepsTogether(page, 3);
  });

  it("a copy with an avatar in the face's place and without sound is made, checked and saved", async () => {
    await page.locator(".share summary").click();
    await choose("Faces", /^\s*Put avatars in their place\s*$/);
    await choose("Avatar of the first face", /^\s*jori\s*$/);
    await choose("Voices", /^\s*No sound\s*$/);
    await page.getByRole("button", { name: "Make the copy" }).click();
    const save = page.getByRole("link", { name: "Save the copy" });
    await save.waitFor({ timeout: 120_000 });
    const report = await page.locator(".share-form").innerText();
    assert.match(report, /25 of 25 frames covered/);
    assert.match(report, /The avatars show the emotion .+ of \d+ faces of frames/);
    assert.match(report, /Check: nothing in 25 frames looks like a face of the clip/);
    const [download] = await Promise.all([page.waitForEvent("download"), save.click()]);
    assert.equal(download.suggestedFilename(), "clip-without-faces.mp4");
    const copy = path.join(visit.daemon.folder, "copy.mp4");
    await download.saveAs(copy);
    const media = await probeMedia(copy);
    assert.deepEqual([media.video?.width, media.audio], [640, undefined]);
    assert.deepEqual(visit.problems, []);
    assert.notDeepEqual(await readFile(copy), await readFile(clip));
  });
});
