import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import type { Page } from "playwright-core";
import { agreementOf } from "../../daemon/labels/agreementOf.ts";
import type { Ffmpeg } from "../../daemon/media/ffmpeg.ts";
import { formatLabels, parseLabels } from "../../shared/labels/document.ts";
import { labelsName, newLabels } from "../../shared/labels/newFile.ts";
import { createLabels } from "../../shared/protocol/labelRoutes.ts";
import type { Scheme } from "../../shared/protocol/scheme.ts";
import { seededRandom } from "../../shared/stats/random.ts";
import { launchChromium } from "../browser/chromium.ts";
import { TestDaemon } from "../browser/daemon.ts";
import { figure, type Figure } from "./report.ts";

const run = promisify(execFile);
const labels = ["happy", "sad", "angry", "surprise", "fear", "disgust", "neutral"];

function schemeOf(tiers: number): Scheme {
  return {
    title: "Bench",
    tiers: Array.from({ length: tiers }, (_, i) => ({
      id: `t${i}`,
      kind: "interval",
      labels: labels.map((id) => ({ id })),
    })),
  };
}

/** Five annotators, 5,000 segments each on one tier of one clip, 1,000 resamples: from their files to figures and report. */
export async function benchAgreement(folder: string, rounds: number): Promise<Figure[]> {
  const [raters, segments] = [5, 5000];
  const scheme = schemeOf(1);
  const random = seededRandom(5);
  const edges = [0];
  for (let i = 0; i < segments; i++) edges.push(edges[i]! + 200 + Math.round(1600 * random()));
  const truth = edges.slice(1).map(() => labels[Math.floor(random() * labels.length)]!);
  await mkdir(folder, { recursive: true });
  for (let r = 0; r < raters; r++) {
    const own = edges.map((ms, i) => (i === 0 ? 0 : ms + Math.round(120 * (random() - 0.5))));
    const annotations = truth.map((label, i) => ({
      ...{ id: `s${i}`, tier: "t0", startMs: own[i]!, endMs: own[i + 1]! },
      label: random() < 0.8 ? label : labels[Math.floor(random() * labels.length)]!,
    }));
    const media = { durationMs: edges.at(-1)! };
    const empty = newLabels({ clip: "clip.mp4", annotator: `a${r}`, scheme, read: scheme, media });
    await writeFile(
      path.join(folder, labelsName("clip.mp4", `a${r}`)),
      formatLabels({ ...empty, annotations }),
    );
  }
  const seconds: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const from = process.cpuUsage();
    await agreementOf(folder, { resamples: 1000 });
    const { user, system } = process.cpuUsage(from);
    seconds.push((user + system) / 1e6);
  }
  return [figure("agreement-5x5000", "s of one processor, 1,000 resamples", seconds)];
}

/** A clip of 30 minutes with 5,000 annotations on 20 tiers, in Chromium without a graphics card: opening and scrolling. */
export async function benchLabels(ffmpeg: Ffmpeg, rounds: number): Promise<Figure[]> {
  await using daemon = await TestDaemon.start();
  const clip = path.join(daemon.folder, "long.mp4");
  await run(ffmpeg.ffmpeg, [
    ...["-v", "error", "-y", "-f", "lavfi", "-i", "testsrc=size=320x240:rate=25:duration=1800"],
    ...["-f", "lavfi", "-i", "sine=frequency=220:duration=1800", "-c:v", "libx264", "-preset", "ultrafast"],
    ...["-pix_fmt", "yuv420p", "-g", "50", "-c:a", "aac", clip],
  ]);
  const scheme = schemeOf(20);
  await writeFile(path.join(daemon.folder, "bench.scheme.json"), JSON.stringify(scheme));
  const asked = { clip, annotator: "a", scheme: "bench.scheme.json" };
  const { path: file } = await daemon.call(createLabels, asked);
  const media = { durationMs: 1_800_000 };
  const empty = newLabels({ clip: "long.mp4", annotator: "a", scheme: asked.scheme, read: scheme, media });
  const annotations = Array.from({ length: 5000 }, (_, i) => ({
    ...{ id: `s${i}`, tier: `t${i % 20}`, label: labels[i % labels.length]! },
    ...{ startMs: 360 * i, endMs: 360 * i + 6000 },
  }));
  await writeFile(file, formatLabels({ ...parseLabels(formatLabels(empty)), annotations }));

  await using browser = await opened();
  const page = await browser.it.newPage({ viewport: { width: 1600, height: 1000 } });
  // What names functions where TypeScript is run as it is does not reach the page.
  await page.addInitScript("globalThis.__name = (named) => named");
  await page.goto(await daemon.pageUrl());
  await page.getByRole("navigation").getByRole("link", { name: "Labels" }).click();
  const link = page.getByRole("link", { name: "long.a.labels.json" });
  const opening: number[] = [];
  for (let i = 0; i < rounds; i++) {
    await link.waitFor();
    opening.push(await openingMs(page));
    if (i < rounds - 1) await page.goBack();
  }
  // What comes after it, as the waveform, is not waited for, but must not be drawn while the scrolling is measured.
  await page.locator(".timeline-titles").getByText("Sound").waitFor({ timeout: 120_000 });
  const figures = [figure("labels", "ms to open 30 min, 5,000 annotations, 20 tiers", opening)];
  for (const [name, spanMs] of [
    ["a minute", 60_000],
    ["all 30 minutes", 1_800_000],
  ] as const) {
    const p95: number[] = [];
    for (let i = 0; i < rounds; i++) p95.push(await scrollingMs(page, spanMs));
    figures.push(figure("labels", `ms a frame, p95, scrolling ${name}`, p95));
  }
  return figures;
}

async function opened() {
  const it = await launchChromium();
  return { it, [Symbol.asyncDispose]: () => it.close() };
}

/** From the click on the file to annotations on the screen. */
function openingMs(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const link = [...document.querySelectorAll("a")].find((one) =>
      one.textContent.includes("long.a.labels.json"),
    )!;
    const from = performance.now();
    link.click();
    while (Number(document.querySelector<HTMLElement>(".timeline-layers")?.dataset["drawn"] ?? 0) === 0)
      await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
    return performance.now() - from;
  });
}

/** Pans by the wheel in each frame, with the tiers scrolled too; the frames' own times. */
function scrollingMs(page: Page, spanMs: number): Promise<number> {
  return page.evaluate(async (span) => {
    const slider = document.querySelector(".scrubber")!;
    const box = slider.getBoundingClientRect();
    const place = {
      clientX: box.left + box.width / 2,
      clientY: box.top + 100,
      bubbles: true,
      cancelable: true,
    };
    const wheel = (init: WheelEventInit) =>
      slider.dispatchEvent(new WheelEvent("wheel", { ...place, ...init }));
    const frame = () => new Promise<number>(requestAnimationFrame);
    // Out as far as it goes, then in.
    for (let i = 0; i < 12; i++) wheel({ deltaY: 300, ctrlKey: true });
    wheel({ deltaY: -300 * Math.log(1_800_000 / span), ctrlKey: true });
    await frame();
    const rows = document.querySelector(".timeline-scroll")!;
    const gaps: number[] = [];
    let before = await frame();
    for (let i = 0; i < 180; i++) {
      wheel({ deltaX: i < 90 ? 12 : -12 });
      rows.scrollTop = 4 * (i % 60);
      const now = await frame();
      gaps.push(now - before);
      before = now;
    }
    gaps.sort((a, b) => a - b);
    return gaps[Math.floor(0.95 * gaps.length)]!;
  }, spanMs);
}
