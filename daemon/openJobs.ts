import { analysisKind, type Runner } from "./analysis/kind.ts";
import { AnalysisService } from "./analysis/service.ts";
import type { Config } from "./config.ts";
import { evaluationKind } from "./evaluation/kind.ts";
import { Clips } from "./jobs/clips.ts";
import { Places } from "./jobs/places.ts";
import { measureJobs } from "./jobs/capacity.ts";
import type { JobKind } from "./jobs/kind.ts";
import { JobService } from "./jobs/service.ts";
import { datasetKind } from "./labels/dataset/kind.ts";
import type { Log } from "./log.ts";
import { redactionKind } from "./redaction/kind.ts";
import { Roots } from "./store/roots.ts";
import type { Store } from "./store/store.ts";
import { trainingKind } from "./training/kind.ts";

export interface OpenedJobs {
  readonly jobs: JobService;
  readonly analyses: AnalysisService;
}

/**
 * Every kind of jobs that this process knows; `jobs.start()` begins to run them.
 * @param options more: further kinds. recover: see {@link JobService.open}. worker: results may go to a daemon elsewhere.
 */
export async function openJobs(
  store: Store,
  config: Config,
  run: Runner,
  log: Log,
  {
    more = [],
    recover = true,
    worker = false,
  }: { more?: readonly JobKind[]; recover?: boolean; worker?: boolean } = {},
): Promise<OpenedJobs> {
  const roots = new Roots(store.db);
  const places = new Places(config.dataDir, worker ? store.db : undefined);
  const clips = new Clips(roots, places, config.dataDir);
  const kinds = [
    analysisKind(run, clips, config.concurrency ?? measureJobs().jobs),
    redactionKind(config, clips),
    trainingKind(config),
    datasetKind(config, roots),
    evaluationKind(config, roots),
    ...more,
  ];
  const jobs = await JobService.open(store, config, kinds, log, { recover, places });
  for (const root of config.roots) await roots.grant(root);
  return { jobs, analyses: new AnalysisService(jobs, store.db, config.dataDir) };
}
