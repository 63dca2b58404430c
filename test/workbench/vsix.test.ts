import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { makePhotoClip } from "../support/photoClip.ts";
import {
  createProfile,
  removeProfile,
  root,
  runCli,
  startServer,
  type Profile,
  type Server,
} from "./codeServer.ts";
import { WorkbenchWindow } from "./window.ts";

const run = promisify(execFile);

/** The suite goes through the package as a user would: by mouse and keyboard, in order. */
describe("the packaged extension, installed", function () {
  this.timeout(300_000);
  let folder = "";
  let profile: Profile;
  let server: Server;
  let window: WorkbenchWindow;

  before(async function () {
    this.timeout(900_000);
    folder = await mkdtemp(path.join(os.tmpdir(), "edin-vsix-"));
    const vsix = process.env["EDIN_VSIX"] ?? (await makePackage(folder));
    profile = await createProfile();
    // Names are shown as text, whatever is in them.
    await makePhotoClip(path.join(profile.workspace, "a <b>bold clip.mp4"), 2);
    await writeFile(path.join(profile.workspace, "probe.css"), "body { --probe: 1 }");
    await runCli(profile, "--install-extension", vsix);
    server = await startServer(profile);
    window = await WorkbenchWindow.open(server, profile.workspace);
  });
  afterEach(async function () {
    if (this.currentTest?.state !== "failed") return;
    const file = path.join(root, ".cache", "workbench", "failed.png");
    await window.page.screenshot({ path: file });
    console.log(`      screenshot: ${file}`);
  });
  after(async () => {
    await window.close();
    await server.stop();
    await removeProfile(profile);
    await rm(folder, { recursive: true });
  });

  const row = (name: string | RegExp) => window.page.getByRole("treeitem", { name });

  it("welcomes in its view and leads to a first clip", async () => {
    await window.page.locator(".activitybar").getByRole("tab", { name: "EDIN" }).click();
    await window.page.getByRole("button", { name: "Analyse a Clip" }).waitFor({ timeout: 60_000 });
    await window.page.getByRole("button", { name: "Analyse the Sample Clip" }).waitFor();
    await window.page.getByText("never a readout of what a person feels").waitFor();
  });

  it("analyses a clip from the explorer's context menu", async () => {
    await window.page
      .locator(".activitybar")
      .getByRole("tab", { name: /Explorer/ })
      .click();
    await row("a <b>bold clip.mp4").click({ button: "right" });
    await window.page.getByRole("menuitem", { name: "Analyse Clip" }).click();
    const heading = window.webview().getByRole("heading", { level: 1, name: "a <b>bold clip.mp4" });
    await heading.waitFor({ timeout: 120_000 });
  });

  it("shows the result with the clip, its faces and its timeline", async () => {
    const page = window.webview();
    await page.getByText("At this frame").waitFor();
    await page.locator(".moment-row h3", { hasText: /^Face 1/ }).waitFor();
    await page.locator(".timeline-titles span", { hasText: /^Face 1/ }).waitFor();
    const video = page.locator("video");
    // Two: the frame that is shown is there.
    const ready = () => video.evaluate((element) => (element as HTMLVideoElement).readyState >= 2);
    while (!(await ready())) await sleep(100);
    assert.equal(await page.locator("b").count(), 0);
  });

  it("takes the editor's colours", async () => {
    const colours = await window
      .webview()
      .locator("body")
      .evaluate((body) => ({
        background: getComputedStyle(body).backgroundColor,
        editor: getComputedStyle(document.documentElement).getPropertyValue("--vscode-editor-background"),
        standalone: "standalone" in document.documentElement.dataset,
      }));
    assert.notEqual(colours.editor, "");
    assert.equal(colours.standalone, false);
    assert.notEqual(colours.background, "rgba(0, 0, 0, 0)");
  });

  it("lists the analysis and the networks in its trees", async () => {
    await window.page.locator(".activitybar").getByRole("tab", { name: "EDIN" }).click();
    await row("a <b>bold clip.mp4, multimodal").waitFor();
    await window.page.getByRole("button", { name: "Models Section" }).click();
    await window.page.getByRole("treeitem", { name: "expression", exact: true }).waitFor();
  });

  it("opens the models panel from the palette", async () => {
    await window.runCommand("EDIN: Open Models");
    await window.webview().getByRole("heading", { name: "Models" }).waitFor({ timeout: 30_000 });
    assert.ok((await window.webview().locator("article.card").count()) > 0);
  });

  it("gives a panel the bundle's folder and nothing else (S15), and a copy of the clip whose sound VS Code plays", async () => {
    const [id] = await readdir(path.join(profile.dataDir, "analyses"));
    await readFile(path.join(profile.dataDir, "analyses", id!, "playback.mp4"));
    const loads = (file: string): Promise<boolean> =>
      window
        .webview()
        .locator("link[rel=stylesheet]")
        .first()
        .evaluate((link, wanted) => {
          const url = new URL((link as HTMLLinkElement).href);
          if (wanted !== "") url.pathname = wanted;
          url.search = "?again";
          const added = Object.assign(document.createElement("link"), { rel: "stylesheet", href: url.href });
          return new Promise<boolean>((resolve) => {
            added.onload = () => resolve(true);
            added.onerror = () => resolve(false);
            document.head.append(added);
          });
        }, file);
    assert.equal(await loads(""), true);
    assert.equal(await loads(path.join(profile.workspace, "probe.css")), false);
  });

  it("reads a clip live in its panel, with picture, faces and history", async () => {
    await window.runCommand("EDIN: Open Live");
    const page = window.webview();
    await page.getByText("VS Code gives its panels no camera").waitFor({ timeout: 30_000 });
    await page.getByRole("tab", { name: "Clip, as if live" }).click();
    const clip = path.join(profile.workspace, "a <b>bold clip.mp4");
    await page.getByRole("textbox", { name: "Path of a clip" }).fill(clip);
    await page.getByRole("button", { name: "Start" }).click();
    await page.getByRole("heading", { level: 1, name: "a <b>bold clip.mp4" }).waitFor({ timeout: 30_000 });
    const picture = page.locator(".live-picture canvas[data-faces]:not([data-faces='0'])");
    await picture.waitFor({ timeout: 60_000 });
    await page.locator(".timeline-titles span", { hasText: /^Face 1/ }).waitFor();
    await page.getByText("It was not recorded: nothing of it was kept.").waitFor({ timeout: 60_000 });
  });

  it("keeps a study in the BEQ panel, opens its form, and lists its participant in the tree", async () => {
    await window.runCommand("EDIN: Open BEQ");
    const page = window.webview();
    await page.getByRole("button", { name: "New study" }).click({ timeout: 30_000 });
    await page.getByRole("textbox", { name: "Name of the study" }).fill("Pilot <1>");
    await page.getByRole("textbox", { name: /^Consent text/ }).fill("I agree to <this>.");
    await page.getByRole("button", { name: "Make the study" }).click();
    await page.getByRole("heading", { name: "Pilot <1>" }).waitFor();
    await page.getByRole("textbox", { name: "Pseudonyms of new participants" }).fill("x1");
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByRole("button", { name: "New session of x1" }).click();
    await page.getByRole("link", { name: "Fill in here" }).click();
    await page.getByRole("button", { name: "I agree" }).click();
    await page.getByText("Statement 1 of 16").waitFor();
    await window.runCommand("EDIN: Focus on Participants View");
    await row(/^Pilot <1>/).waitFor();
  });

  it("keeps the token out of the panels", async () => {
    const { token } = JSON.parse(await readFile(path.join(profile.dataDir, "daemon.json"), "utf8")) as {
      token: string;
    };
    const html = await window
      .webview()
      .locator("html")
      .evaluate((element) => element.outerHTML);
    assert.ok(!html.includes(token));
    assert.ok(!window.page.url().includes(token));
  });

  it("starts a daemon that crashes again, later each time, and gives up with one message after the fifth", async () => {
    const file = path.join(profile.dataDir, "daemon.json");
    let killed = 0;
    for (let crash = 1; crash <= 5; crash++) {
      const end = Date.now() + 60_000;
      for (;;) {
        const found = await readFile(file, "utf8").catch(() => undefined);
        const { pid } = found === undefined ? { pid: killed } : (JSON.parse(found) as { pid: number });
        if (pid !== killed) {
          killed = pid;
          // Its connection is there with the state that the status bar shows.
          await window.page.getByRole("button", { name: /^EDIN daemon: ready/ }).waitFor({ timeout: 60_000 });
          process.kill(pid, "SIGKILL");
          break;
        }
        if (Date.now() > end) throw new Error(`no daemon after crash ${crash - 1}`);
        await sleep(100);
      }
    }
    await window.page.getByRole("button", { name: /^EDIN daemon: failed/ }).waitFor({ timeout: 60_000 });
    // Of many toasts only the newest are shown; the list holds them all.
    await window.runCommand("Notifications: Show Notifications");
    await window.page
      .locator(".notifications-center")
      .getByText(/ended five times within three minutes/)
      .waitFor();
    // Nothing that is on the screen may start it behind the user's back.
    await sleep(3000);
    await window.page.getByRole("button", { name: /^EDIN daemon: failed/ }).waitFor();
  });
});

/** EDIN_VSIX names a package that is there already. */
async function makePackage(folder: string): Promise<string> {
  await run(process.execPath, ["--import", "tsx", "package.mjs", "--out", folder], { cwd: root });
  const [vsix] = (await readdir(folder)).filter((name) => name.endsWith(".vsix"));
  return path.join(folder, vsix!);
}
