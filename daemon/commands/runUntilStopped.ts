import type { Log } from "../log.ts";

/**
 * Waits for SIGTERM, SIGINT, the end of standard input (with `stdin`), or `asked`. A second signal ends the process at
 * once. An error that nobody caught is logged, and ends the process too.
 */
export async function runUntilStopped(
  log: Log,
  {
    stdin = false,
    asked = new Promise<void>(() => undefined),
  }: { stdin?: boolean; asked?: Promise<void> } = {},
): Promise<void> {
  const crash = (error: unknown) => {
    log.error("crash", { error });
    process.exit(1);
  };
  process.on("uncaughtException", crash);
  process.on("unhandledRejection", crash);
  const reason = await new Promise<string>((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(1));
        resolve(signal);
      });
    }
    void asked.then(() => resolve("asked"));
    if (stdin) {
      process.stdin.on("end", () => resolve("stdin")).on("error", () => resolve("stdin"));
      process.stdin.resume();
    }
  });
  // A standard input that is a file or nothing has no `unref`.
  if (stdin && "unref" in process.stdin) process.stdin.unref();
  log.info("stopping", { reason });
}
