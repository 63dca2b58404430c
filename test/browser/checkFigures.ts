import assert from "node:assert/strict";
import { copyFile, readFile } from "node:fs/promises";
import path from "node:path";
import type { Download, Page } from "playwright-core";
import { pictures } from "./eachTheme.ts";

const [widthMm, fontPt] = [85, 7];
const [inchMm, pointsAnInch, pixelsAnInch] = [25.4, 72, 300];

/**
 * Saves charts of the page as drawing and as picture, one column wide with text of 7 points, and reads their size, their text and words
 * of axes and legends in them.
 * @param figures what a chart's button says after "Save as a figure: ", or how that begins; and words of the chart
 */
export async function checkFigures(
  page: Page,
  figures: Readonly<Record<string, readonly string[]>>,
): Promise<void> {
  for (const [name, words] of Object.entries(figures)) {
    const menu = page.locator(`details:has(> summary[aria-label^="Save as a figure: ${name}"])`).first();
    // Lists of choices are not scrolled to: there has to be room for them.
    await menu.evaluate((element) => element.scrollIntoView({ block: "center" }));
    await menu.locator("> summary").click();
    await menu.getByRole("combobox", { name: "Width" }).click();
    await page.getByRole("option", { name: "85 mm, one column" }).click();
    await menu.getByRole("textbox", { name: "Text, points" }).fill(String(fontPt));
    const save = async (format: string): Promise<Download> => {
      const [file] = await Promise.all([
        page.waitForEvent("download"),
        menu.getByRole("button", { name: `Figure, ${format}` }).click(),
      ]);
      return file;
    };
    const svg = await readFile(await (await save("SVG")).path(), "utf8");
    const [, across] = /^<svg[^>]* viewBox="0 0 ([\d.]+) [\d.]+"/.exec(svg) ?? assert.fail(svg.slice(0, 300));
    assert.match(svg, new RegExp(`^<svg[^>]* width="${widthMm}mm"`));
    const units = (((fontPt / pointsAnInch) * inchMm) / widthMm) * Number(across);
    const sizes = [...svg.matchAll(/(?:font-size="|font:)(\d+)px/g)].map(([, size]) => Number(size));
    assert.ok(
      sizes.some((size) => Math.abs(size - units) < 0.1),
      `${name}: text of ${sizes.join()} units, not ${units.toFixed(1)}`,
    );
    for (const word of words) assert.ok(svg.includes(`>${word}<`), `${name}: ${word} in ${svg}`);
    const file = await save("PNG");
    const png = await readFile(await file.path());
    assert.equal(png.subarray(1, 4).toString("latin1"), "PNG");
    const pixels = (widthMm / inchMm) * pixelsAnInch;
    assert.ok(Math.abs(png.readUInt32BE(16) - pixels) < 5, `${name}: ${png.readUInt32BE(16)} pixels wide`);
    if (pictures !== undefined)
      await copyFile(await file.path(), path.join(pictures, `figure-${file.suggestedFilename()}`));
    await menu.getByRole("textbox", { name: "Text, points" }).press("Escape");
    await menu.and(page.locator("details:not([open])")).waitFor();
  }
}
