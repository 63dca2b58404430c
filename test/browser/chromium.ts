import { chromium, type Browser } from "playwright-core";

/** Debian's Chromium, or the one that the environment names. @param more flags */
export function launchChromium(...more: string[]): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", ...more],
  });
}
