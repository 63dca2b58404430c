import assert from "node:assert/strict";
import path from "node:path";
import type { Page } from "playwright-core";
import { seriousProblems } from "./axe.ts";

/** A folder for a picture of each view, for people to look at. */
export const pictures = process.env["EDIN_PICTURES"];

const themes = [
  ["light", { colorScheme: "light", contrast: null }],
  ["dark", { colorScheme: "dark", contrast: null }],
  ["contrast", { colorScheme: "dark", contrast: "more" }],
] as const;

/** Nothing serious is wrong with the page as it is in any theme. @param name of its pictures */
export async function checkEachTheme(page: Page, name: string): Promise<void> {
  for (const [theme, media] of themes) {
    await page.emulateMedia(media);
    assert.deepEqual(await seriousProblems(page), []);
    if (pictures !== undefined)
      await page.screenshot({ path: path.join(pictures, `${name}-${theme}.png`), fullPage: true });
  }
}
