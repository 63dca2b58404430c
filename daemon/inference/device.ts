import { existsSync } from "node:fs";
import type { Provider } from "../../shared/protocol/results.ts";

/** A provider that was wanted and did not serve. */
export interface FallThrough {
  readonly provider: Provider;
  readonly reason: string;
}

/** Where Linux shows a graphics card: kernel modesetting, NVIDIA's own driver, Windows' card inside WSL. */
const cardFiles = ["/dev/dri", "/dev/nvidia0", "/dev/dxg"];

/**
 * Why this machine cannot have a graphics card, told without starting a driver, which would cost half a second and
 * write on stderr. Undefined when one may be there.
 */
export function noCard(
  platform: NodeJS.Platform = process.platform,
  exists: (file: string) => boolean = existsSync,
): string | undefined {
  if (platform !== "linux" || cardFiles.some(exists)) return undefined;
  return `no graphics card (no ${cardFiles.join(", ")})`;
}

/** The first line of what the runtime says about a provider, without the source position before it. */
export function providerReason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const line = text.split("\n").find((l) => l.trim() !== "") ?? "no reason was given";
  return line.replace(/^.*was false\. /, "").trim();
}
