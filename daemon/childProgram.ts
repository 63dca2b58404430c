import os from "node:os";

/** Tells the process that started this one. Resolves when it is on its way. */
export function tellParent(message: object): Promise<void> {
  return new Promise((resolve) => process.send?.(message, () => resolve()));
}

/** Leaves the machine to others. @param pid this process without it */
export function beNice(niceness: number, pid = 0): void {
  try {
    os.setPriority(pid, niceness);
  } catch {
    // Not allowed here, or it is gone by now: it runs as everybody else.
  }
}
