import type { Log } from "../log.ts";

/** How often it is looked whether there is still a reason to stay. */
const lookMs = 1000;

/**
 * Waits for SIGTERM, SIGINT, the end of standard input (with `stdin`), or `asked`. A second signal ends the process at
 * once. An error that nobody caught is logged, and ends the process too.
 * @param options stays: looked at when standard input has ended, until it says false
 */
export async function runUntilStopped(
  log: Log,
  {
    stdin = false,
    stays = () => Promise.resolve(false),
    asked = new Promise<void>(() => undefined),
  }: { stdin?: boolean; stays?: () => Promise<boolean>; asked?: Promise<void> } = {},
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
      const ended = async (): Promise<void> => {
        if (await stays()) log.info("staying", { reason: "a training" });
        while (await stays()) await new Promise((next) => setTimeout(next, lookMs));
        resolve("stdin");
      };
      process.stdin.once("end", () => void ended()).on("error", () => void ended());
      process.stdin.resume();
    }
  });
  // A standard input that is a file or nothing has no `unref`.
  if (stdin && "unref" in process.stdin) process.stdin.unref();
  log.info("stopping", { reason });
}
