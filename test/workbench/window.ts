import { setTimeout as sleep } from "node:timers/promises";
import { chromium, type Browser, type FrameLocator, type Locator, type Page } from "playwright-core";
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
    await page.goto(`http://127.0.0.1:${server.port}/?${query.toString()}`, { timeout: 120_000 });
    await page.locator(".monaco-workbench").waitFor({ timeout: 120_000 });
    return new WorkbenchWindow(browser, page);
  }

  /** The document of the visible webview; of several, of the one with that number. */
  webview(number?: number): FrameLocator {
    const visible = this.page.locator("iframe.webview.ready").filter({ visible: true });
    const one = number === undefined ? visible : visible.nth(number);
    return one.contentFrame().frameLocator("iframe#active-frame");
  }

  /**
   * Waits for something in the visible webview, and returns the webview. The panel that was there before may still be in
   * sight, and its frame may go while it is looked at: what then fails is looked for again.
   */
  async shown(find: (webview: FrameLocator) => Locator, timeoutMs = 30_000): Promise<FrameLocator> {
    for (const end = Date.now() + timeoutMs; ;) {
      try {
        const webview = this.webview();
        await find(webview).waitFor({ timeout: 5000 });
        return webview;
      } catch (error) {
        if (Date.now() > end) throw error;
        await sleep(100);
      }
    }
  }

  /** Runs a command that opens the panel `title`, and waits for something in it. */
  async openPanel(
    command: string,
    title: string,
    find: (webview: FrameLocator) => Locator,
  ): Promise<FrameLocator> {
    await this.runCommand(command);
    await this.page.getByRole("tab", { name: title, selected: true }).waitFor();
    return this.shown(find);
  }

  /** Runs a command from the palette. It is opened by mouse, since a panel that is just loading swallows keys. */
  async runCommand(title: string): Promise<void> {
    const input = this.page.locator(".quick-input-widget input").first();
    const row = this.page.locator(".quick-input-list .monaco-list-row").filter({ hasText: title }).first();
    await this.#insist(async () => {
      await this.page.locator(".command-center-center").click({ timeout: 5000 });
      await input.fill(`>${title}`, { timeout: 5000 });
      await row.click({ timeout: 5000 });
    });
  }

  /** Takes an item of the context menu of `target`; a menu hears no click in its first tenth of a second. */
  async choose(target: Locator, item: string): Promise<void> {
    const found = this.page.getByRole("menuitem", { name: item });
    await this.#insist(async () => {
      await target.click({ button: "right", timeout: 5000 });
      await found.waitFor({ timeout: 5000 });
      await sleep(300);
      await found.click({ timeout: 5000 });
    });
  }

  /** What the context menu of `target` offers. */
  async menuOf(target: Locator): Promise<string[]> {
    const items = this.page.locator(".monaco-menu .action-menu-item");
    let texts: string[] = [];
    await this.#insist(async () => {
      await target.click({ button: "right", timeout: 5000 });
      await items.first().waitFor({ timeout: 5000 });
      texts = await items.allInnerTexts();
    });
    await this.page.keyboard.press("Escape");
    return texts.map((text) => text.trim());
  }

  /** Palette and menus close when what opens at that moment takes the focus. */
  async #insist(attempt: () => Promise<void>): Promise<void> {
    for (let tries = 4; ; tries--) {
      try {
        await attempt();
        return;
      } catch (error) {
        if (tries === 1) throw error;
        await this.page.keyboard.press("Escape");
      }
    }
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
