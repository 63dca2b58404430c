import assert from "node:assert/strict";
import type { Locator } from "playwright-core";
import { until } from "../support/until.ts";

/** A chart, and a place on it as shares of its width and of its height from the top. */
export interface ChartPoint {
  readonly chart: Locator;
  readonly share: number;
  readonly down?: number;
}

/** A chart says `expected` under the pointer, inside the window, and nothing once the pointer has left. */
export async function saysUnderPointer(
  { chart, share, down = 0.5 }: ChartPoint,
  expected: RegExp,
): Promise<void> {
  const page = chart.page();
  const hover = page.getByTestId("hover");
  // What still comes to a page moves its charts away from under the pointer.
  await until(
    async () => {
      const { width, height } = (await chart.boundingBox())!;
      await chart.hover({ position: { x: share * width, y: down * height } });
      const said = await hover.allTextContents();
      if (said.some((text) => expected.test(text))) return true;
      await page.mouse.move(0, 0);
      return undefined;
    },
    30_000,
    `${expected} under the pointer`,
  );
  const box = (await hover.boundingBox())!;
  const view = page.viewportSize()!;
  const inside =
    box.x >= 0 && box.y >= 0 && box.x + box.width <= view.width && box.y + box.height <= view.height;
  assert.ok(inside, `${JSON.stringify(box)} in ${JSON.stringify(view)}`);
  await page.mouse.move(0, 0);
  await hover.waitFor({ state: "detached" });
}
