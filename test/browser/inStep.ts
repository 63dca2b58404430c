import type { Page } from "playwright-core";

/** Steps from the first frame on: at each the clip's picture is of that frame, and the video beside it at the same time. */
export async function stepsTogether(page: Page, frames: number): Promise<void> {
  await page.keyboard.press("Home");
  for (let n = 1; n <= frames; n++) {
    await page.keyboard.press("ArrowRight");
    await page.waitForFunction((wanted) => {
      const canvas = document.querySelector<HTMLCanvasElement>(".picture canvas")!;
      const [clip, beside] = [...document.querySelectorAll("video")].map((video) => video.currentTime);
      return canvas.dataset["frame"] === wanted && Math.abs(clip! - beside!) < 0.04;
    }, String(n));
  }
}
