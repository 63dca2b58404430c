import { chromium, type Browser, type Page } from "playwright-core";
import { TestDaemon } from "./daemon.ts";

/** Debian's Chromium, or the one that the environment names. @param more flags */
export function launchChromium(...more: string[]): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", ...more],
  });
}

/** A daemon, and its page in a browser of its own. */
export interface Visit extends AsyncDisposable {
  readonly daemon: TestDaemon;
  readonly page: Page;
  /** What went wrong in the page's code so far. */
  readonly problems: readonly string[];
}

/** Opens the page of a new daemon, in a light theme. @param prepare before anybody looks */
export async function visitDaemon(prepare?: (daemon: TestDaemon) => Promise<void>): Promise<Visit> {
  const daemon = await TestDaemon.start();
  await prepare?.(daemon);
  const browser = await launchChromium();
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, colorScheme: "light" });
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(error.message));
  await page.goto(await daemon.pageUrl());
  await page.getByRole("heading", { name: "Analyses" }).waitFor();
  return {
    ...{ daemon, page, problems },
    async [Symbol.asyncDispose]() {
      await browser.close();
      await daemon[Symbol.asyncDispose]();
    },
  };
}
