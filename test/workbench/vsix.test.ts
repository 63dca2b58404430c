import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type * as z from "zod";
import { listAnalyses, startAnalysis, type AnalysisRecord } from "../../shared/protocol/analyses.ts";
import { avatarSchema } from "../../shared/protocol/avatarSettings.ts";
import { discoverySchema } from "../../shared/protocol/discovery.ts";
import { toHttp, type Endpoint } from "../../shared/protocol/endpoint.ts";
import { grantRoot } from "../../shared/protocol/media.ts";
import { addParticipants, createStudy } from "../../shared/protocol/studyRoutes.ts";
import { makePictures } from "../support/madeUpPictures.ts";
import { makePhotoClip } from "../support/photoClip.ts";
import { until } from "../support/until.ts";
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

/** Goes on until somebody stops it. */
const training = `title: Where it is bright
data: {path: set, validation: 0.4}
network: {backbone: compact, width: 0.25, input: 24}
train: {epochs: 900, batch: 16, stopAfter: 900}
`;

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
    const clips = path.join(profile.workspace, "clips");
    await mkdir(clips);
    await makePhotoClip(path.join(clips, "1 short.mp4"), 1);
    await makePhotoClip(path.join(clips, "2 long.mp4"), 60);
    for (const name of ["3 next.mp4", "4 last.mp4"])
      await copyFile(path.join(clips, "1 short.mp4"), path.join(clips, name));
    await writeFile(path.join(profile.workspace, "probe.css"), "body { --probe: 1 }");
    await makePictures(path.join(profile.workspace, "set"), { each: 12 });
    await writeFile(path.join(profile.workspace, "bright.training.yaml"), training);
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

  const discovered = async () =>
    discoverySchema.parse(JSON.parse(await readFile(path.join(profile.dataDir, "daemon.json"), "utf8")));
  /** Asks the daemon behind the editor's back. */
  const post = async <Q extends z.ZodObject, R extends z.ZodType>(
    route: Endpoint<Q, R>,
    request: z.input<Q>,
  ): Promise<z.output<R>> => {
    const { url, token } = await discovered();
    const { method, path: target, body } = toHttp(route, request);
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const answer = await fetch(url + target, { method, headers, body: body! });
    assert.equal(answer.status, 200);
    return route.response.parse(await answer.json());
  };
  const analysesOf = async (name: string): Promise<AnalysisRecord[]> => {
    const { url, token } = await discovered();
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fetch(url + listAnalyses.path, { headers });
    const { analyses } = listAnalyses.response.parse(await answer.json());
    return analyses.filter(({ mediaName }) => mediaName === name);
  };
  /** What the daemon knows of the clip's analysis. */
  const analysisOf = async (name: string): Promise<AnalysisRecord> => {
    const [only, ...more] = await analysesOf(name);
    assert.deepEqual(more, []);
    return only!;
  };
  /** VS Code under a test driver shows no toasts; its list holds them all. */
  const notifications = () => window.page.locator(".notifications-center .monaco-list-row");
  const showsResult = (clip: string) =>
    window.shown((page) => page.getByRole("heading", { level: 1, name: clip }), 120_000);
  const openLive = () =>
    window.openPanel("EDIN: Open Live", "EDIN Live", (page) =>
      page.getByText("VS Code gives its panels no camera"),
    );
  const choice = (text: string) =>
    window.page.locator(".quick-input-list .monaco-list-row").filter({ hasText: text }).first();
  const isAsked = (question: string) =>
    window.page.locator(".quick-input-title", { hasText: question }).waitFor({ timeout: 60_000 });
  /** Takes what a dialog offers to save as. */
  const save = async (file: string): Promise<void> => {
    const input = window.page.locator(".quick-input-widget input").first();
    await input.waitFor();
    await until(() => input.inputValue().then((value) => value === file));
    await window.page.keyboard.press("Enter");
  };
  /** A click on the view that is open would close it. */
  const openView = async (name: string | RegExp): Promise<void> => {
    const tab = window.page.locator(".activitybar").getByRole("tab", { name });
    if ((await tab.getAttribute("aria-selected")) !== "true") await tab.click();
  };

  it("welcomes in its view and leads to a first clip", async () => {
    await openView("EDIN");
    await window.page.getByRole("button", { name: "Analyse a Clip" }).waitFor({ timeout: 60_000 });
    await window.page.getByText("never a readout of what a person feels").waitFor();
    await window.page.getByRole("button", { name: "Analyse the Sample Clip" }).click();
    const page = await showsResult("sample.mp4");
    // The clip has several faces, a voice, and the two together.
    const titles = page.locator(".timeline-titles span");
    for (const title of [/^Face 1/, /^Face 2/, "Voice"])
      await titles.filter({ hasText: title }).first().waitFor();
    await row("sample.mp4, multimodal").waitFor();
  });

  it("analyses a clip from the explorer's context menu", async () => {
    await openView(/Explorer/);
    await window.choose(row("a <b>bold clip.mp4"), "Analyse Clip");
    await showsResult("a <b>bold clip.mp4");
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
    await openView("EDIN");
    await row("a <b>bold clip.mp4, multimodal").waitFor();
    await window.page.getByRole("button", { name: "Models Section" }).click();
    await window.page.getByRole("treeitem", { name: "avatar-emotion", exact: true }).waitFor();
  });

  it("analyses a folder with progress; cancelling stops what runs and what waits, and keeps what is done", async () => {
    await openView(/Explorer/);
    await window.choose(row("clips"), "Analyse All Clips in Folder");
    // An empty list of notifications may close itself, as when the search for clips has ended.
    await window.page
      .getByRole("button", { name: /^EDIN daemon: ready.* \d+ %/s })
      .waitFor({ timeout: 120_000 });
    await window.runCommand("Notifications: Show Notifications");
    const progress = notifications().filter({ hasText: "Analysing 4 clips" });
    await progress
      .getByText(/2 long\.mp4 \d+ %, reads \d+ frames\/s; 2 waiting/)
      .waitFor({ timeout: 120_000 });
    await progress.getByRole("button", { name: "Cancel" }).click();
    await progress.waitFor({ state: "detached" });

    await openView("EDIN");
    for (const name of ["2 long.mp4", "3 next.mp4", "4 last.mp4"])
      await row(`${name}, cancelled`).waitFor({ timeout: 30_000 });
    const long = await analysisOf("2 long.mp4");
    assert.ok(long.startedAt !== undefined && long.progress!.timeMs < 60_000);
    for (const name of ["3 next.mp4", "4 last.mp4"])
      assert.equal((await analysisOf(name)).startedAt, undefined);
    const { id } = await analysisOf("1 short.mp4");
    const kept = await readdir(path.join(profile.dataDir, "analyses"));
    assert.ok(kept.includes(id) && !kept.some((name) => name.includes(long.id)));
    await row("1 short.mp4, multimodal").click();
    await showsResult("1 short.mp4");
  });

  it("names a result in its tab; the tree's menu opens it beside, compares, exports, analyses again and reveals", async () => {
    const { page } = window;
    const short = row("1 short.mp4, multimodal").first();
    const tabs = (name: string) => page.getByRole("tab", { name: `${name}, multimodal` });
    await tabs("1 short.mp4").first().waitFor();
    const offered = await window.menuOf(short);
    for (const item of [
      ...["Open Result", "Open to the Side", "Compare With…", "Export…"],
      ...["Analyse Again With Other Settings…", "Reveal Clip", "Delete Results"],
    ])
      assert.ok(offered.includes(item), `${item} of ${offered.join(", ")}`);

    await window.choose(short, "Open to the Side");
    await page.locator(".editor-group-container").nth(1).waitFor();
    await window.choose(short, "Compare With…");
    await choice("sample.mp4").click();
    await page.getByRole("tab", { name: "EDIN Compare" }).waitFor();
    await tabs("1 short.mp4").first().waitFor();

    await window.choose(short, "Export…");
    await choice("events.csv").click();
    const saved = path.join(profile.workspace, "1 short.events.csv");
    await save(saved);
    await until(() => readFile(saved, "utf8").catch(() => undefined), 60_000, "the export");

    const before = (await page.getByRole("treeitem", { name: /^1 short\.mp4/ }).count()) + 1;
    await window.choose(short, "Analyse Again With Other Settings…");
    for (const question of [
      "Pipeline",
      "Faces followed at a time",
      "Look for new faces",
      "Device",
      "Networks in place",
    ]) {
      await isAsked(question);
      await page.keyboard.press("Enter");
    }
    await until(
      async () => (await row("1 short.mp4, multimodal").count()) === before,
      120_000,
      "the second analysis of the clip",
    );

    await window.choose(row("1 short.mp4, multimodal").first(), "Reveal Clip");
    const revealed = (name: string) =>
      page.locator(".explorer-folders-view .monaco-list-row.selected").filter({ hasText: name }).waitFor();
    await revealed("1 short.mp4");

    // A clip that has another name since is found by its content: to be revealed, and to be played.
    await rename(
      path.join(profile.workspace, "clips/1 short.mp4"),
      path.join(profile.workspace, "clips/again.mp4"),
    );
    await openView("EDIN");
    await window.choose(row("1 short.mp4, multimodal").first(), "Reveal Clip");
    await revealed("again.mp4");
    await window.runCommand("View: Close All Editors");
    for (const { id } of await analysesOf("1 short.mp4"))
      await rm(path.join(profile.dataDir, "analyses", id, "playback.mp4"), { force: true });
    await openView("EDIN");
    await row("1 short.mp4, multimodal").first().click();
    const panel = await showsResult("1 short.mp4");
    await until(
      () => panel.locator("video").evaluate((video) => (video as HTMLVideoElement).readyState >= 2),
      60_000,
      "the renamed clip's picture",
    );
  });

  it("opens the models panel from the palette", async () => {
    const page = await window.openPanel("EDIN: Open Models", "EDIN Models", (webview) =>
      webview.locator("article.card").first(),
    );
    await page.getByRole("heading", { name: "Models" }).waitFor();
  });

  it("trains what a file says: from the lens above it to the network that analyses use", async () => {
    await openView(/Explorer/);
    await row("bright.training.yaml").dblclick();
    await window.page.locator(".codelens-decoration a", { hasText: "Train" }).click();
    const page = await window.shown(
      (webview) => webview.getByRole("heading", { level: 1, name: "Where it is bright" }),
      120_000,
    );
    await page.getByRole("img", { name: /^Loss by epoch, now / }).waitFor({ timeout: 200_000 });
    await openView("EDIN");
    await window.page.getByRole("button", { name: "Training Section" }).click();
    await row(/^Where it is bright, epoch \d+ of 900/).waitFor();
    await window.page.getByRole("button", { name: /Training Where it is bright: epoch/ }).waitFor();
    await page.getByRole("button", { name: "Stop early, keep the best" }).click();
    await page.getByRole("button", { name: "Use for analyses" }).click({ timeout: 200_000 });
    await page.getByText("Analyses use bright for expression from now on.").waitFor();
    await row("Where it is bright, bright").waitFor();
  });

  it("shows the queue in its panel: pauses it, says what comes next, cancels, and tells what failed with its log", async () => {
    const page = await window.openPanel("EDIN: Open Queue", "EDIN Queue", (webview) =>
      webview.getByRole("heading", { level: 1, name: "Queue" }),
    );
    await page.getByRole("button", { name: "Pause analysis" }).click({ timeout: 120_000 });
    await page.getByRole("button", { name: "Resume analysis" }).waitFor();
    const broken = path.join(profile.workspace, "clips", "5 broken.mp4");
    await writeFile(broken, "no clip");
    await post(grantRoot, { path: profile.workspace });
    for (const name of ["2 long.mp4", "3 next.mp4", "5 broken.mp4"])
      await post(startAnalysis, { mediaPath: path.join(profile.workspace, "clips", name) });
    await page.getByRole("tab", { name: "Waiting (3)" }).click();
    const jobs = page.getByRole("tabpanel").getByRole("row");
    const inOrder = (...names: string[]) =>
      until(async () => {
        const texts = (await jobs.allInnerTexts()).slice(1);
        return texts.length === names.length && names.every((name, i) => texts[i]!.startsWith(name));
      }, 60_000);
    await inOrder("2 long.mp4", "3 next.mp4", "5 broken.mp4");
    await page.getByRole("button", { name: "Raise the priority of 5 broken.mp4 to 10" }).click();
    await inOrder("5 broken.mp4", "2 long.mp4", "3 next.mp4");
    await page.getByRole("button", { name: "Cancel 3 next.mp4" }).click();
    await inOrder("5 broken.mp4", "2 long.mp4");
    await page.getByRole("button", { name: "Resume analysis" }).click();

    await page.getByRole("tab", { name: /^Running/ }).click();
    const long = jobs.filter({ hasText: "2 long.mp4" });
    await long.getByText(/ left$/).waitFor({ timeout: 120_000 });
    await page.getByRole("button", { name: "Show the log of 2 long.mp4" }).click();
    const lines = page.getByRole("region", { name: "Lines of the log" });
    await lines.getByText("job_begun").waitFor({ timeout: 60_000 });
    await page.getByRole("button", { name: "Cancel 2 long.mp4" }).click();
    await long.waitFor({ state: "detached", timeout: 60_000 });
    await page.getByRole("tab", { name: /^Failed/ }).click();
    await page.getByRole("button", { name: "Show the log of 5 broken.mp4" }).click();
    await lines.getByText("job_failed").waitFor({ timeout: 60_000 });
    const workers = page.getByRole("region", { name: /^Jobs by the process/ });
    await workers.getByRole("row", { name: /:\d+ 0 \d+ [1-9]/ }).waitFor({ timeout: 60_000 });
  });

  it("gives a panel the bundle's folder and nothing else (S15), and a copy of the clip whose sound VS Code plays", async () => {
    const { id } = await analysisOf("a <b>bold clip.mp4");
    await readFile(path.join(profile.dataDir, "analyses", id, "playback.mp4"));
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
    const page = await openLive();
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

  it("offers every avatar in the live panel", async () => {
    // The panel of the session that ended says what came of it.
    await window.runCommand("View: Close All Editors");
    const page = await openLive();
    await page.getByRole("tab", { name: "Clip, as if live" }).click();
    const select = (label: string) => page.locator(`vscode-single-select[label="${label}"]`);
    await select("Pipeline").click();
    await select("Pipeline")
      .locator(".option", { hasText: /^\s*Avatar\s*$/ })
      .click();
    const avatars = select("Avatar of the first face").locator("vscode-option");
    await avatars.filter({ hasText: "jori" }).waitFor({ state: "attached", timeout: 60_000 });
    assert.ok((await avatars.count()) >= 10);
  });

  it("keeps a study in the panel of studies, opens its form, and lists its participant in the tree", async () => {
    const page = await window.openPanel("EDIN: Open Studies", "EDIN Studies", (webview) =>
      webview.getByRole("button", { name: "New study" }),
    );
    await page.getByRole("button", { name: "New study" }).click();
    await page.getByRole("textbox", { name: "Name of the study" }).fill("Pilot <1>");
    await page.getByRole("textbox", { name: /^Consent text/ }).fill("I agree to <this>.");
    await page.getByRole("button", { name: "Create study" }).click();
    await page.getByRole("heading", { name: "Pilot <1>" }).waitFor();
    await page.getByRole("textbox", { name: "Pseudonyms of new participants" }).fill("x1");
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByRole("button", { name: "New session of x1" }).click();
    await page.getByRole("link", { name: "Fill in here" }).click();
    await page.getByRole("button", { name: "I agree" }).click();
    await page.getByText("Statement 1 of 16").waitFor();
    await window.runCommand("EDIN: Focus on Studies View");
    await row(/^Pilot <1>/).waitFor();
    // Made by somebody else, it is there without anybody's asking.
    const { study } = await post(createStudy, { name: "From elsewhere", consentText: "Yes." });
    await row(/^From elsewhere/).click({ timeout: 60_000 });
    await row(/^From elsewhere/)
      .and(window.page.locator("[aria-expanded=true]"))
      .waitFor();
    await post(addParticipants, { study: study.id, ids: ["y7"] });
    await row(/^y7/).waitFor({ timeout: 60_000 });
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

  it("asks which avatar a face moves, by what and from which face at rest, analyses so, and remembers it", async () => {
    const clip = "a <b>bold clip.mp4";
    const answers = [
      ["Pipeline", "Avatar"],
      ["Avatar of the first face", "dora"],
      ["How the face moves it", "Drawn by blend shapes"],
      ["What the face shows at rest", "Moves the avatar too"],
      ["Clip of the avatar", "Avatar alone"],
      ["Sound of the avatar's clip", "None"],
      ["Faces followed at a time", "2"],
    ] as const;
    await openView(/Explorer/);
    await window.choose(row(clip), "Analyse With Settings…");
    for (const [question, answer] of answers) {
      await isAsked(question);
      await choice(answer).click();
    }
    for (const question of ["Look for new faces", "Device", "Networks in place"]) {
      await isAsked(question);
      await window.page.keyboard.press("Enter");
    }
    const page = await showsResult(clip);
    await page.getByText("At this frame").waitFor();
    const analysis = (await analysesOf(clip)).find(({ pipeline }) => pipeline === "avatar")!;
    const { name, engine, relative, view, sound } = avatarSchema.parse(analysis.config["avatar"]);
    assert.deepEqual([name, engine, relative, view, sound], ["dora", "rig", false, "alone", "none"]);
    const files = (await readdir(path.join(profile.dataDir, "analyses", analysis.id))).sort();
    assert.ok(files.includes("avatar-1.mp4"), files.join());
    // The next time each answer stands first.
    await window.choose(row(clip), "Analyse With Settings…");
    const first = window.page.locator(".quick-input-list .monaco-list-row").first();
    for (const [question, answer] of answers) {
      await isAsked(question);
      await first.filter({ hasText: answer }).waitFor({ timeout: 60_000 });
      await window.page.keyboard.press("Enter");
    }
    await isAsked("Look for new faces");
    await window.page.keyboard.press("Escape");
  });

  it("makes a copy without faces from the explorer's context menu, and asks which of the clip's faces stay", async () => {
    await openView(/Explorer/);
    await window.choose(row("a <b>bold clip.mp4"), "Share Without Faces…");
    await isAsked("What becomes of faces");
    await choice("Pixelate").click();
    await isAsked("What becomes of voices");
    await choice("No sound").click();
    await isAsked("Faces that stay as they are");
    await choice("Face 1").waitFor();
    await window.page.keyboard.press("Enter");
    const copy = path.join(profile.workspace, "a <b>bold clip-without-faces.mp4");
    await save(copy);
    await until(() => stat(copy).catch(() => undefined), 120_000, "the copy");
    await window.runCommand("Notifications: Show Notifications");
    await notifications()
      .filter({ hasText: /Check: nothing in \d+ frames looks like a face of the clip/ })
      .waitFor();
  });

  it("starts a daemon that crashes again, later each time, and gives up with one message after the fifth", async function () {
    this.timeout(600_000);
    await window.runCommand("View: Close All Editors");
    const page = await openLive();
    await page.getByRole("tab", { name: "Clip, as if live" }).click();
    await page
      .getByRole("textbox", { name: "Path of a clip" })
      .fill(path.join(profile.workspace, "clips", "2 long.mp4"));
    await page.getByRole("button", { name: "Start" }).click();
    await page.getByText("Live, not recorded").waitFor({ timeout: 30_000 });

    const file = path.join(profile.dataDir, "daemon.json");
    let killed = 0;
    for (let crash = 1; crash <= 5; crash++) {
      const end = Date.now() + 120_000;
      for (;;) {
        const found = await readFile(file, "utf8").catch(() => undefined);
        const { pid } = found === undefined ? { pid: killed } : (JSON.parse(found) as { pid: number });
        if (pid !== killed) {
          killed = pid;
          // Its connection is there with the state that the status bar shows.
          await window.page
            .getByRole("button", { name: /^EDIN daemon: ready/ })
            .waitFor({ timeout: 120_000 });
          process.kill(pid, "SIGKILL");
          break;
        }
        if (Date.now() > end) throw new Error(`no daemon after crash ${crash - 1}`);
        await sleep(100);
      }
    }
    await window.page.getByRole("button", { name: /^EDIN daemon: failed/ }).waitFor({ timeout: 60_000 });
    const notice = "The EDIN daemon does not answer; what is shown may be old.";
    await page.getByText(notice).waitFor();
    await window.openPanel("EDIN: Open Models", "EDIN Models", (models) => models.getByText(notice));
    await window.runCommand("Notifications: Show Notifications");
    await notifications()
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
