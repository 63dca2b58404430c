import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { seriousProblems as seriousProblemsOf } from "./axe.ts";
import { visitDaemon, type Visit } from "./chromium.ts";

/** The networks that there are: their cards, whether they are right, and where they run. */
describe("the models in Chromium", function () {
  this.timeout(120_000);
  let visit: Visit;
  let page: Page;

  before(async () => {
    visit = await visitDaemon();
    ({ page } = visit);
  });
  after(() => visit[Symbol.asyncDispose]());
  afterEach(() => assert.deepEqual(visit.problems, []));

  const seriousProblems = (): Promise<string[]> => seriousProblemsOf(page);

  it("verifies a network and shows its card", async () => {
    await page.getByRole("link", { name: "Models" }).click();
    const card = page.locator("article", { hasText: "landmarks-compact" });
    await card.getByRole("button", { name: "Verify" }).click();
    await card.getByText("Right on cpu").waitFor({ timeout: 60_000 });
    await card.getByRole("button", { name: "Card and figures" }).click();
    await card.locator(".markdown table").first().waitFor();
    assert.deepEqual(await seriousProblems(), []);
  });

  it("shows the pictures of a card, and follows its links to other cards", async () => {
    const card = page.locator("article", { hasText: "Idspeech-compact" });
    await card.getByRole("button", { name: "Card and figures" }).click();
    const picture = card.getByRole("img", { name: "confusion" });
    await picture.waitFor();
    await page.waitForFunction(
      (img) => img instanceof HTMLImageElement && img.naturalWidth > 0,
      await picture.elementHandle(),
    );
    await card.locator(".markdown").getByRole("link", { name: "speech-thesis" }).click();
    const other = page.getByRole("article").filter({ hasText: "Idspeech-thesis" });
    await other.locator(".markdown img").first().waitFor();
    assert.match(page.url(), /#\/models\/speech-thesis$/);
  });

  it("tests the devices of this machine and says what serves", async () => {
    await page.getByRole("button", { name: "Test the devices" }).click();
    const table = page.getByRole("region", { name: "One run of each network, milliseconds" });
    await table.waitFor({ timeout: 90_000 });
    const row = table.getByRole("row", { name: /landmarks-compact/ });
    assert.match(await row.getByRole("cell").last().innerText(), /^\d+\.\d\d$/);
    await page.getByText(/^The device auto is (cpu|webgpu|cuda) here\.$/).waitFor();
    assert.deepEqual(await seriousProblems(), []);
  });
});
