import { sql, type Kysely } from "kysely";
import type { Tables } from "./schema.ts";

/** A job that waits, and what the claim minds besides: how its owner is served. */
export interface WaitingJob {
  readonly id: string;
  readonly priority: number;
  readonly owner: string;
  readonly queued_at: Date;
  /** It waits for its next try, whose time has not come. */
  readonly later: boolean;
  /** Jobs of its owner that run. */
  readonly at_work: number;
  /** When its owner was last served. */
  readonly served_at: Date | null;
}

/**
 * The jobs of a kind that wait, in the order in which {@link Jobs.claim} would take them if none ended meanwhile: of each
 * owner and priority only so many as are asked for are read, by steps along the index.
 */
export async function nextOfKind(db: Kysely<Tables>, kind: string, limit: number): Promise<string[]> {
  const waits = sql`j.kind = ${kind} and j.state = 'queued'`;
  const { rows } = await sql<WaitingJob>`
    with recursive urgency(priority) as (
      (select j.priority from jobs j where ${waits} order by j.priority desc limit 1)
      union all
      select (select j.priority from jobs j where ${waits} and j.priority < urgency.priority order by j.priority desc limit 1)
      from urgency where urgency.priority is not null
    ), waiting(priority, owner) as (
      select priority, (select j.owner from jobs j where ${waits} and j.priority = urgency.priority order by j.owner limit 1)
      from urgency where priority is not null
      union all
      select priority, (select j.owner from jobs j where ${waits} and j.priority = waiting.priority and j.owner > waiting.owner
                        order by j.owner limit 1)
      from waiting where owner is not null
    )
    select head.id, waiting.priority, waiting.owner, head.queued_at, coalesce(head.not_before > now(), false) as later,
           (select count(*)::int from jobs r where r.kind = ${kind} and r.state = 'running' and r.owner = waiting.owner) as at_work,
           (select max(s.started_at) from jobs s
            where s.kind = ${kind} and s.owner = waiting.owner and s.started_at is not null) as served_at
    from waiting cross join lateral (
      select j.id, j.queued_at, j.not_before from jobs j where ${waits} and j.priority = waiting.priority and j.owner = waiting.owner
      order by j.queued_at, j.id limit ${limit}
    ) as head
    where waiting.owner is not null`.execute(db);
  return inTurn(rows).slice(0, limit);
}

/** The ids of jobs that wait, in the order in which they are taken if none ends meanwhile. */
export function inTurn(waiting: readonly WaitingJob[]): string[] {
  const byTime = [...waiting].sort(
    (a, b) => a.queued_at.getTime() - b.queued_at.getTime() || (a.id < b.id ? -1 : 1),
  );
  const ready = byTime.filter(({ later }) => !later);
  const served = new Map<string, Served>();
  for (const { owner, at_work, served_at } of ready)
    served.set(owner, { atWork: at_work, servedAt: served_at?.getTime() ?? 0 });
  const taken: WaitingJob[] = [];
  for (const priority of [...new Set(ready.map((job) => job.priority))].sort((a, b) => b - a)) {
    const jobs = ready.filter((job) => job.priority === priority);
    takeTurns(jobs, served, taken);
  }
  return [...taken, ...byTime.filter(({ later }) => later)].map(({ id }) => id);
}

interface Served {
  readonly atWork: number;
  readonly servedAt: number;
}

/** After every time that a clock tells. */
const afterNow = Number.MAX_SAFE_INTEGER / 2;

/** The owner with the fewest jobs at work, served longest ago, whose first job waited longest; and so on. */
function takeTurns(jobs: readonly WaitingJob[], served: Map<string, Served>, taken: WaitingJob[]): void {
  const lines = new Map<string, { job: WaitingJob; at: number }[]>();
  for (const [at, job] of jobs.entries()) {
    const line = lines.get(job.owner);
    if (line === undefined) lines.set(job.owner, [{ job, at }]);
    else line.push({ job, at });
  }
  for (const line of lines.values()) line.reverse();
  while (lines.size > 0) {
    const [next] = [...lines]
      .map(([owner, line]) => ({ owner, line, ...served.get(owner)!, at: line.at(-1)!.at }))
      .sort((a, b) => a.atWork - b.atWork || a.servedAt - b.servedAt || a.at - b.at);
    const { owner, line, atWork } = next!;
    taken.push(line.pop()!.job);
    served.set(owner, { atWork: atWork + 1, servedAt: afterNow + taken.length });
    if (line.length === 0) lines.delete(owner);
  }
}
