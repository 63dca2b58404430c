import type { AnalysisProgress, AnalysisRecord } from "../../shared/protocol/analyses.ts";
import type { Log } from "../log.ts";
import type { Analyses } from "../store/analyses.ts";
import { removeFolder, runFolder } from "../store/files.ts";
import { interruptedFailure } from "./worker.ts";

export type AnalysisEvent =
  | { readonly kind: "changed"; readonly analysis: AnalysisRecord }
  | { readonly kind: "progress"; readonly id: string; readonly progress: AnalysisProgress }
  | { readonly kind: "deleted"; readonly id: string };

/** A worker on another machine that says nothing for so long is taken for dead. */
export const silentSeconds = 30;
/** How often to look at what others do in a shared database. */
export const sharedPollMs = 2000;

/**
 * With a shared database: tells what the workers of other processes do, and reports the analyses of those that died.
 * Returns what stops it.
 */
export function watchOthers({
  analyses,
  dataDir,
  isOurs,
  tell,
  log,
}: {
  analyses: Analyses;
  dataDir: string;
  isOurs: (id: string) => boolean;
  tell: (event: AnalysisEvent) => void;
  log: Log;
}): () => void {
  const seen = new Map<string, AnalysisRecord>();
  const look = async () => {
    for (const id of await analyses.listSilent(silentSeconds)) {
      await removeFolder(runFolder(dataDir, id));
      const analysis = await analyses.interrupt(id, silentSeconds, interruptedFailure);
      if (analysis === undefined) continue;
      log.warn("analysis_interrupted", { id });
      tell({ kind: "changed", analysis });
    }
    const running = (await analyses.list({ state: "running", limit: 200 })).filter(({ id }) => !isOurs(id));
    for (const analysis of running) {
      const { id, progress } = analysis;
      const before = seen.get(id);
      if (before === undefined) tell({ kind: "changed", analysis });
      else if (progress && progress.frames !== before.progress?.frames)
        tell({ kind: "progress", id, progress });
      seen.set(id, analysis);
    }
    for (const id of seen.keys()) {
      if (running.some((analysis) => analysis.id === id)) continue;
      seen.delete(id);
      const analysis = await analyses.get(id);
      tell(analysis === undefined ? { kind: "deleted", id } : { kind: "changed", analysis });
    }
  };
  const timer = setInterval(() => {
    look().catch((error: unknown) => log.warn("watch_failed", { error }));
  }, sharedPollMs);
  return () => clearInterval(timer);
}
