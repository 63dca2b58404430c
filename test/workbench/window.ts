import { setTimeout as sleep } from "node:timers/promises";
import { chromium, type Browser, type FrameLocator, type Page } from "playwright-core";
import type { Server } from "./codeServer.ts";

/** Webviews have an origin of their own here; Chromium would ask before they may reach this machine's network. */
const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-features=LocalNetworkAccessChecks,LocalNetworkAccessChecksWebSockets,LocalNetworkAccessChecksSplitPermissions",
];

/** A window of VS Code in Chromium. */
export class WorkbenchWindow {
  readonly page: Page;
  readonly #browser: Browser;

  private constructor(browser: Browser, page: Page) {
    this.#browser = browser;
    this.page = page;
  }

  /** Opens `folder`; `payload` is passed to the workbench, as its smoke-test driver reads it; `onLog` gets its console. */
  static async open(
    server: Server,
    folder: string,
    payload: readonly (readonly [string, string])[] = [],
    onExit?: (code: number) => void,
    onLog?: (...args: unknown[]) => void,
  ): Promise<WorkbenchWindow> {
    const browser = await chromium.launch({
      executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
      args: flags,
    });
    const page = await browser.newPage({ viewport: { width: 1360, height: 860 } });
    await giveWebviewsTheirOrigin(page, server.port);
    await page.exposeFunction("codeAutomationExit", (code: number) => onExit?.(code));
    await page.exposeFunction("codeAutomationLog", (_type: string, args: unknown[]) => {
      onLog?.(...args);
      if (process.env["EDIN_WORKBENCH_VERBOSE"] !== undefined) console.log(...args);
    });
    const query = new URLSearchParams({ folder, payload: JSON.stringify(payload) });
    await page.goto(`http://127.0.0.1:${server.port}/?${query.toString()}`);
    await page.locator(".monaco-workbench").waitFor({ timeout: 60_000 });
    return new WorkbenchWindow(browser, page);
  }

  /** The document of the visible webview. */
  webview(): FrameLocator {
    const visible = this.page.locator("iframe.webview.ready").filter({ visible: true });
    return visible.contentFrame().frameLocator("iframe#active-frame");
  }

  /**
   * Runs a command from the palette. It is opened by mouse, since a panel that is just loading swallows keys; it closes when
   * what opens at that moment takes the focus.
   */
  async runCommand(title: string): Promise<void> {
    const input = this.page.locator(".quick-input-widget input").first();
    const row = this.page.locator(".quick-input-list .monaco-list-row").filter({ hasText: title }).first();
    for (let tries = 4; ; tries--) {
      try {
        await this.page.locator(".command-center-center").click({ timeout: 5000 });
        await input.fill(`>${title}`, { timeout: 5000 });
        await row.waitFor({ timeout: 5000 });
        break;
      } catch (error) {
        if (tries === 1) throw error;
        await this.page.keyboard.press("Escape");
      }
    }
    await this.page.keyboard.press("Enter");
  }

  /** Takes a context menu's item; a menu hears no click in its first tenth of a second. */
  async choose(item: string): Promise<void> {
    const found = this.page.getByRole("menuitem", { name: item });
    await found.waitFor();
    await sleep(300);
    await found.click();
  }

  async close(): Promise<void> {
    await this.#browser.close();
  }
}

/**
 * code-server serves webviews from the workbench's own origin. The desktop gives each its own, which takes camera,
 * microphone and cookies away from them: the tests have to see what users see.
 */
async function giveWebviewsTheirOrigin(page: Page, port: number): Promise<void> {
  await page.route(
    (url) => url.port === String(port) && url.pathname === "/",
    async (route) => {
      const response = await route.fetch();
      const before = await response.text();
      const body = before.replace(
        /(webviewEndpoint(?:&quot;|"):(?:&quot;|"))\.?\/?/,
        `$1http://{{uuid}}.localhost:${port}/`,
      );
      if (body === before) throw new Error("the workbench's page has no webviewEndpoint");
      const headers = response.headers();
      const policy = headers["content-security-policy"]!;
      headers["content-security-policy"] = policy
        .replace("frame-src 'self'", "frame-src 'self' http://*.localhost:*")
        .replace("child-src 'self'", "child-src 'self' http://*.localhost:*");
      await route.fulfill({ status: 200, headers, body });
    },
  );
}

export function remoteUri(port: number, path: string): string {
  return `vscode-remote://127.0.0.1:${port}${path}`;
}
