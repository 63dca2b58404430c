import assert from "node:assert/strict";
import { chromium, type Browser, type Page } from "playwright-core";
import { startTestDaemon, type TestDaemon } from "../integration/testDaemon.ts";

/** Debian's Chromium, or another that the environment names. */
const executablePath = process.env["EDIN_TEST_CHROMIUM"] ?? "/usr/bin/chromium";

/** Not by `waitForFunction`: it evaluates text again and again, which the page's own policy forbids. */
const isAttached = (page: Page, selector: string): Promise<void> =>
  page.locator(selector).first().waitFor({ state: "attached" });

describe("signing a browser in", () => {
  let test: TestDaemon;
  let browser: Browser;
  before(async function () {
    this.timeout(180_000);
    test = await startTestDaemon();
    browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  });
  after(async () => {
    await browser.close();
    await test[Symbol.asyncDispose]();
  });

  it("trades the code of the URL for a cookie, and shows the page without breaking its own policy", async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on("console", (message) => {
      if (message.text().includes("Content Security Policy")) complaints.push(message.text());
    });
    const urls: string[] = [];
    page.on("request", (request) => urls.push(request.url()));
    const link = test.daemon.createPageUrl();
    await page.goto(link);
    await isAttached(page, "script[src]");
    assert.ok(!page.url().includes("code="));
    const [cookie] = await context.cookies();
    assert.ok(cookie?.httpOnly && cookie.sameSite === "Strict");
    assert.equal(await page.evaluate("document.cookie"), "");
    const status = await page.evaluate<number>("fetch('/api/status').then((r) => r.status)");
    assert.equal(status, 200);
    // The fragment stays in the browser: no request after the first names it.
    assert.ok(urls.slice(1).every((url) => !url.includes("code=")));
    await isAttached(page, "#app > *");
    assert.deepEqual(complaints, []);

    const again = await (await browser.newContext()).newPage();
    await again.goto(link);
    await again.getByText("edin open").waitFor();
    assert.deepEqual(await again.context().cookies(), []);
  });

  it("does not let a page of another port use the cookie", async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(test.daemon.createPageUrl());
    await isAttached(page, "script[src]");
    const other = await startTestDaemon();
    try {
      await page.goto(`${other.daemon.url}/`);
      const answer = await page.evaluate(
        `fetch("${test.daemon.url}/api/status", { credentials: "include" }).then((r) => r.status, () => "refused")`,
      );
      assert.equal(answer, "refused");
    } finally {
      await other[Symbol.asyncDispose]();
    }
  });
});
