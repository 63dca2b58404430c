import { spawn } from "node:child_process";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { childEnvironment } from "../config.ts";
import { writeFileAtomic } from "../store/files.ts";

/**
 * Opens the page in the user's browser. The URL holds a one-time code, and every user of a machine can read the arguments
 * of all processes: so the browser is given the name of a file that only this user can read, which leads on to the URL.
 */
export async function openPage(dataDir: string, url: string): Promise<void> {
  const file = path.join(dataDir, "open.html");
  await writeFileAtomic(
    file,
    `<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0; url=${url}">`,
  );
  const target = pathToFileURL(file).href;
  const [program, args] =
    process.platform === "darwin"
      ? ["open", [target]]
      : process.platform === "win32"
        ? ["rundll32", ["url.dll,FileProtocolHandler", target]]
        : ["xdg-open", [target]];
  await new Promise<void>((resolve) => {
    const child = spawn(program, args, { env: desktopEnvironment(), stdio: "ignore", detached: true });
    child.once("error", () => {
      process.stdout.write(`No browser could be started. Open this address yourself: ${url}\n`);
      resolve();
    });
    child.once("spawn", () => {
      child.unref();
      resolve();
    });
  });
}

/** What a browser needs to find its screen. */
function desktopEnvironment(): Record<string, string> {
  return childEnvironment([
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "XDG_RUNTIME_DIR",
    "DBUS_SESSION_BUS_ADDRESS",
    "XDG_CURRENT_DESKTOP",
    "BROWSER",
  ]);
}
