import assert from "node:assert/strict";
import { access, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { FrameLocator } from "playwright-core";
import { formatLabels, parseLabels, type LabelsDocument } from "../../shared/labels/document.ts";
import { newLabels } from "../../shared/labels/newFile.ts";
import { builtInSchemes } from "../../shared/labels/schemes/builtIn.ts";
import { makePhotoClip } from "../support/photoClip.ts";
import { createProfile, removeProfile, root, startServer, type Profile, type Server } from "./codeServer.ts";
import { remoteUri, WorkbenchWindow } from "./window.ts";

const name = "clip.a01.labels.json";

/** The label editor as an annotator uses it: keys in a real VS Code, which owns the text. */
describe("the label editor in a real VS Code", function () {
  this.timeout(300_000);
  let profile: Profile;
  let server: Server;
  let window: WorkbenchWindow;
  let editor: FrameLocator;
  let file = "";

  before(async function () {
    this.timeout(600_000);
    profile = await createProfile({ "files.autoSave": "off" });
    await makePhotoClip(path.join(profile.workspace, "clip.mp4"), 4);
    file = path.join(profile.workspace, name);
    const scheme = builtInSchemes.emotions;
    const document = newLabels({
      clip: "clip.mp4",
      annotator: "a01",
      scheme,
      read: scheme,
      media: { durationMs: 4000 },
    });
    await writeFile(file, formatLabels(document));
    await makePhotoClip(path.join(profile.workspace, "two.mp4"), 20);
    const valence = { id: "valence", kind: "trace", minimum: -1, maximum: 1, rateHz: 25 };
    await writeFile(
      path.join(profile.workspace, "watch.scheme.yaml"),
      JSON.stringify({ ...scheme, tiers: [...scheme.tiers, valence] }),
    );
    const clips = { "clip.mp4": ["a01"], "two.mp4": ["a01"] };
    await writeFile(
      path.join(profile.workspace, "assignments.yaml"),
      JSON.stringify({ scheme: "watch.scheme.yaml", seed: 1, twice: 0, annotators: ["a01"], clips }),
    );
    server = await startServer(profile);
    window = await open();
    // Until the extension is known the file would open as text.
    await window.page
      .locator(".activitybar")
      .getByRole("tab", { name: "EDIN" })
      .waitFor({ timeout: 180_000 });
    // It woke up because there is a labels file, and needs no daemon for that.
    await assert.rejects(access(path.join(profile.dataDir, "daemon.json")));
    await window.page.getByRole("treeitem", { name }).dblclick({ timeout: 150_000 });
    editor = await shown();
    // VS Code runs a command the first time later than what comes after it.
    await editor.locator(".timeline-layers").click({ position: { x: 200, y: 15 } });
    for (const key of ["Escape", "ArrowRight", "Shift+ArrowRight", "Home"]) {
      await press(key);
      await sleep(1500);
    }
  });
  afterEach(async function () {
    if (this.currentTest?.state !== "failed") return;
    const picture = path.join(
      root,
      ".cache",
      "workbench",
      `labels-${this.currentTest.title.slice(0, 30).replaceAll(/\W+/g, "-")}.png`,
    );
    await window.page.screenshot({ path: picture });
    console.log(`      screenshot: ${picture}`);
  });
  after(async () => {
    try {
      await window.close();
    } finally {
      // Else a window that did not open leaves the server running, and the tests never end.
      await server.stop();
      await removeProfile(profile);
    }
  });

  const open = () =>
    WorkbenchWindow.open(server, profile.workspace, [
      ["extensionDevelopmentPath", remoteUri(server.port, root)],
      ["skipWelcome", "true"],
    ]);
  const shown = () =>
    window.shown((page) => page.getByRole("slider", { name: "Position in the clip" }), 120_000);
  const count = async (): Promise<number> =>
    Number(/(\d+) annotation/.exec(await editor.locator(".facts").innerText())?.[1]);
  async function becomes<T>(what: () => Promise<T>, expected: T): Promise<void> {
    for (const end = Date.now() + 60_000; ;) {
      const now = await what().catch(() => undefined);
      if (now === expected) return;
      if (Date.now() > end) assert.equal(now, expected);
      await sleep(100);
    }
  }
  const onDisk = async (): Promise<LabelsDocument> => parseLabels(await readFile(file, "utf8"));
  const press = async (...keys: string[]): Promise<void> => {
    for (const key of keys) await window.page.keyboard.press(key);
  };
  /** A command goes by way of the extension host: the next key is for where it led. */
  const go = async (key: string, clock: RegExp, at = editor): Promise<void> => {
    await press(key);
    await at.locator(".clock", { hasText: clock }).waitFor({ timeout: 60_000 });
  };
  /** Puts the keyboard's focus into the editor, at the start of the clip, with nothing selected. */
  /** Of several editors VS Code may give the focus back to another a moment after a click. */
  const label = async (key: string, at: FrameLocator): Promise<void> => {
    await becomes(async () => {
      await at.locator("body").evaluate(() => self.focus());
      return hasFocus(at);
    }, true);
    await press(key);
  };
  const hasFocus = (at: FrameLocator) => at.locator("body").evaluate(() => document.hasFocus());
  const start = async (at = editor): Promise<void> => {
    await at.locator(".timeline-layers").click({ position: { x: 200, y: 15 } });
    const clock = at.locator(".clock");
    const seen = (which: Parameters<typeof clock.filter>[0]): Promise<boolean> =>
      clock
        .filter(which)
        .waitFor({ timeout: 3000 })
        .then(
          () => true,
          () => false,
        );
    for (let tries = 0; tries < 20; tries++) {
      // The click selects what lies there. VS Code hears a moment later that no field has the focus any more, and which of
      // several editors has it: one that stood at its start already says nothing about the others until it has moved.
      await press("Escape", "ArrowRight");
      if (!(await seen({ hasNotText: /^0:00\.00/ }))) continue;
      await press("Home");
      // Commands reach the editor also where VS Code has the focus itself; keys of labels do not.
      if ((await seen({ hasText: /^0:00\.00/ })) && (await hasFocus(at))) return;
    }
    assert.fail("the Home key does not lead to the start");
  };

  it("labels by keys, and the text becomes dirty and is saved", async () => {
    await start();
    await press("h");
    await go("Shift+ArrowRight", /^0:01\.00/);
    await press("n");
    await go("Shift+ArrowRight", /^0:02\.00/);
    await press("n");
    await becomes(count, 2);
    assert.equal((await onDisk()).annotations.length, 0);
    await press("Control+s");
    await becomes(async () => (await onDisk()).annotations.length, 2);
    assert.deepEqual(
      (await onDisk()).annotations.map(({ label, startMs, endMs }) => [label, startMs, endMs]),
      [
        ["happy", 0, 1000],
        ["neutral", 1000, 2000],
      ],
    );
  });

  it("undo and redo are the editor's own", async () => {
    await press("Control+z");
    await becomes(count, 1);
    await press("Control+Shift+z");
    await becomes(count, 2);
  });

  it("what is changed on the disk is shown", async () => {
    // What is not saved would not be replaced.
    await press("Control+s");
    await window.page.locator(".tab.active:not(.dirty)", { hasText: name }).waitFor();
    const text = (await readFile(file, "utf8")).replace('"label":"neutral"', '"label":"angry"');
    await editor.getByRole("button", { name: "Show all annotations as a table" }).click();
    const cell = editor.getByRole("cell", { name: "angry" });
    // The watcher of the workspace may still be starting: what it has missed is written again.
    for (let tries = 0; !(await cell.isVisible()); tries++) {
      assert.ok(tries < 40, "the file on the disk is not shown");
      await writeFile(file, text);
      await sleep(2000);
    }
    await editor.getByRole("button", { name: "Show all annotations as a table" }).click();
  });

  it("two editors of one file, and one of its text, show the same, undo the same, and lose nothing", async () => {
    const shownCount = (at: FrameLocator) => async () =>
      Number(/(\d+) annotation/.exec(await at.locator(".facts").innerText())?.[1]);
    await window.runCommand("View: Split Editor Right");
    const [left, right] = [window.webview(0), window.webview(1)];
    await right.getByRole("slider", { name: "Position in the clip" }).waitFor({ timeout: 60_000 });
    await becomes(shownCount(right), 2);
    await start(right);
    await go("Shift+ArrowRight", /^0:01\.00/, right);
    await go("Shift+ArrowRight", /^0:02\.00/, right);
    await label("s", right);
    await go("Shift+ArrowRight", /^0:03\.00/, right);
    await label("s", right);
    for (const one of [left, right]) await becomes(shownCount(one), 3);
    await start(left);
    for (const clock of [/^0:01\.00/, /^0:02\.00/, /^0:03\.00/]) await go("Shift+ArrowRight", clock, left);
    await label("f", left);
    await go("ArrowRight", /^0:03\.04/, left);
    await label("f", left);
    for (const one of [left, right]) await becomes(shownCount(one), 4);
    await press("Control+z");
    for (const one of [left, right]) await becomes(shownCount(one), 3);
    await start(right);
    await press("Control+z");
    for (const one of [left, right]) await becomes(shownCount(one), 2);
    await press("Control+Shift+z");
    for (const one of [left, right]) await becomes(shownCount(one), 3);
    await press("Control+Shift+z");
    for (const one of [left, right]) await becomes(shownCount(one), 4);

    await window.runCommand("View: Reopen Editor With Text Editor");
    await window.page.locator(".editor-instance .monaco-editor .view-lines").click({ timeout: 60_000 });
    await press("Control+Home", "Control+f");
    const found = (count: RegExp) => window.page.locator(".find-widget .matchesCount", { hasText: count });
    await found(/./).waitFor();
    await window.page.keyboard.type("sad");
    await found(/^1 of \d/).waitFor();
    // The scheme has the word before; the last is the annotation's.
    await press("Shift+Enter");
    await found(/^(\d+) of \1/).waitFor();
    await press("Escape");
    await window.page.keyboard.type("surprise");
    editor = await shown();
    await editor.getByRole("button", { name: "Show all annotations as a table" }).click();
    await editor.getByRole("cell", { name: "surprise" }).waitFor();
    await editor.getByRole("button", { name: "Show all annotations as a table" }).click();
    await start();
    await press("Control+s");
    await becomes(async () => (await onDisk()).annotations.length, 4);
    const labels = (await onDisk()).annotations.map(({ label: one }) => one);
    assert.ok(labels.includes("surprise") && labels.includes("fear"), labels.join());
    await window.runCommand("View: Close Editors in Other Groups");
  });

  it("the list of an annotator tells how far they are, and opens what is next", async () => {
    await start();
    await press("Shift+d");
    await editor.locator(".result-head").getByText("Done", { exact: true }).waitFor({ timeout: 60_000 });
    await press("Control+s");
    await becomes(async () => (await onDisk()).head.done !== undefined, true);
    await window.runCommand("Focus on Labels View");
    const annotator = window.page.getByRole("treeitem", { name: /^a01/ });
    await annotator.getByText("1 of 2 done").waitFor({ timeout: 60_000 });
    await annotator.hover();
    await annotator.getByRole("button", { name: "Open the Next Clip to Label" }).click();
    await window.page
      .getByRole("tab", { name: /^two.a01.labels.json/, selected: true })
      .waitFor({ timeout: 90_000 });
    editor = await shown();
    file = path.join(profile.workspace, "two.a01.labels.json");
    await becomes(count, 0);
  });

  const crash = () => server.kill();
  const comeBack = async (): Promise<void> => {
    server = await startServer(profile, server.port);
    await window.page.reload();
    await window.page.locator(".monaco-workbench").waitFor({ timeout: 60_000 });
    editor = await shown();
  };

  it("a crash while somebody labels without a pause costs the last second at most", async () => {
    await start();
    // A label a frame, without the rest of a second in which VS Code would back the text up.
    const keys = ["h", "n", "s", "f"];
    for (let i = 0; i < 24; i++) {
      await press(keys[i % keys.length]!);
      await go("ArrowRight", new RegExp(`frame ${i + 1}$`));
      await sleep(200);
    }
    const before = await count();
    await crash();
    assert.equal(before, 23);
    assert.equal((await onDisk()).annotations.length, 0);
    await comeBack();
    // More than three of them would be more than a second.
    await becomes(async () => (await count()) >= before - 3, true);
    console.log(`      ${before} annotations before the crash, ${await count()} after it`);
  });

  it("a tab that is closed while a trace is rated brings back what was rated when it is opened again", async () => {
    await start();
    await press("Control+s");
    await becomes(async () => (await onDisk()).annotations.length >= 20, true);
    const played = await rate(2);
    const tab = window.page.getByRole("tab", { name: /^two.a01.labels.json/ });
    await tab.click({ button: "middle" });
    await tab.waitFor({ state: "detached", timeout: 60_000 });
    assert.equal((await onDisk()).traces.length, 0);
    await window.page.getByRole("treeitem", { name: /^two\.mp4/ }).click();
    await tab.and(window.page.locator("[aria-selected=true]")).waitFor({ timeout: 60_000 });
    editor = await shown();
    await editor.locator(".facts", { hasText: "1 trace" }).waitFor({ timeout: 60_000 });
    await start();
    await press("Control+s");
    await becomes(async () => (await onDisk()).traces.length, 1);
    assert.ok((await onDisk()).traces[0]!.values.length / 25 >= played - 1.5);
    await press("Control+z", "Control+s");
    await becomes(async () => (await onDisk()).traces.length, 0);
  });

  /** Rates until the clip has come to a time. @returns that, in seconds */
  async function rate(untilS: number): Promise<number> {
    await press("Shift+r");
    const slider = editor.getByRole("slider", { name: "valence" });
    await slider.waitFor({ timeout: 60_000 });
    await slider.hover({ position: { x: 5, y: 5 } });
    const video = editor.locator("video");
    const played = () => video.evaluate((element: HTMLVideoElement) => element.currentTime);
    await becomes(async () => (await played()) >= untilS, true);
    const at = await played();
    assert.ok(await slider.isVisible(), "the rating ended by itself");
    return at;
  }

  it("a crash while a trace is rated and a label runs costs the last second of both at most", async () => {
    await start();
    await press("u");
    const at = await rate(4);
    await crash();
    assert.equal((await onDisk()).traces.length, 0);
    await comeBack();
    await editor.locator(".facts").waitFor();
    await start();
    await press("Control+s");
    await becomes(async () => (await onDisk()).traces.length, 1);
    const { traces, annotations } = await onDisk();
    const rated = traces[0]!.values.length / 25;
    const ran = annotations.find(({ label }) => label === "surprise")!.endMs! / 1000;
    console.log(`      at ${at.toFixed(2)} s before the crash; rated ${rated} s, labelled ${ran} s after it`);
    // When it was asked the clip went on; a loaded machine may draw few frames.
    for (const kept of [rated, ran]) assert.ok(kept >= at - 1.5, `${kept} of ${at}`);
  });
});
