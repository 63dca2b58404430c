import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { chromium } from "playwright-core";
import { TestDaemon } from "../browser/daemon.ts";
import { makePhotoClip } from "../support/photoClip.ts";
import {
  syntheticAnalysis,
  syntheticFrames,
  syntheticFused,
  syntheticSpeech,
} from "../support/syntheticResult.ts";

/**
 * How fluid the result page of a clip of half an hour is: `npx tsx test/eval/longResult.ts`, after a build. The numbers of
 * the result are synthetic, its size is that of one face at 25 fps. Prints one JSON line: load time, and the times between
 * frames of the page while the timeline zooms and pans, in ms. Runs best on a machine that does nothing else.
 */
const durationMs = 30 * 60_000;
const frames = 240;

await using daemon = await TestDaemon.start();
const id = await daemon.analyse(await makePhotoClip(path.join(daemon.folder, "clip.mp4"), 1));
const folder = path.join(daemon.folder, "data", "analyses", id);
await mkdir(folder, { recursive: true });
const lines = (values: readonly unknown[]): string =>
  values.map((value) => `${JSON.stringify(value)}\n`).join("");
await writeFile(path.join(folder, "frames.jsonl"), lines(syntheticFrames({ durationMs })));
await writeFile(path.join(folder, "speech.jsonl"), lines(syntheticSpeech({ durationMs })));
await writeFile(path.join(folder, "fused.jsonl"), lines(syntheticFused({ durationMs })));
await writeFile(path.join(folder, "analysis.json"), JSON.stringify(syntheticAnalysis({ durationMs, id })));

const browser = await chromium.launch({
  executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
});
const page = await browser.newPage({ viewport: { width: 1600, height: 900 } });
await page.goto(await daemon.pageUrl());
await page.getByRole("heading", { name: "Analyses" }).waitFor();
const started = performance.now();
await page.evaluate((to) => (location.hash = to), `#/analysis/${id}`);
await page.locator(".timeline-titles span").first().waitFor();
const firstShownMs = performance.now() - started;
await page.locator(".timeline-head [role=status]").waitFor({ state: "detached", timeout: 180_000 });
const loadedMs = performance.now() - started;

const gaps = await page.evaluate(async (count) => {
  const scrubber = document.querySelector<HTMLElement>(".scrubber")!;
  const box = scrubber.getBoundingClientRect();
  const times: number[] = [];
  let last = await new Promise<number>((resolve) => requestAnimationFrame(resolve));
  for (let i = 0; i < count; i++) {
    // In for a quarter of the time, then sideways, then out again.
    const zooms = i < count / 4 || i > (count * 3) / 4;
    scrubber.dispatchEvent(
      new WheelEvent("wheel", {
        bubbles: true,
        cancelable: true,
        clientX: box.left + box.width / 2,
        ctrlKey: zooms,
        deltaY: zooms ? (i < count / 2 ? -20 : 20) : 0,
        deltaX: zooms ? 0 : 40,
      }),
    );
    const now = await new Promise<number>((resolve) => requestAnimationFrame(resolve));
    times.push(now - last);
    last = now;
  }
  return times;
}, frames);
const heapMb = await page.evaluate(
  () => (performance as unknown as { memory: { usedJSHeapSize: number } }).memory.usedJSHeapSize / 1e6,
);
await browser.close();

gaps.sort((a, b) => a - b);
const at = (share: number): number => Math.round(gaps[Math.floor(share * (gaps.length - 1))]! * 10) / 10;
console.log(
  JSON.stringify({
    name: "long-result",
    minutes: 30,
    firstShownMs: Math.round(firstShownMs),
    loadedMs: Math.round(loadedMs),
    frameGapMs: { p50: at(0.5), p95: at(0.95), worst: at(1) },
    heapMb: Math.round(heapMb),
  }),
);
