import { CompiledQuery, type PostgresPool, type Transaction } from "kysely";
import PgBoss from "pg-boss";
import type { Tables } from "./schema.ts";

/** The queues. Everything that takes long goes through one of them. */
export const queues = ["analysis"] as const;
export type Queue = (typeof queues)[number];

/**
 * The job queue. Both calls are part of a transaction of the caller: a job is there exactly if the row that it is about
 * is there, and taking it and marking that row happen together, so no crash can leave one without the other.
 */
export interface Jobs {
  add(queue: Queue, subject: string, transaction: Transaction<Tables>): Promise<void>;
  /** The subject of the oldest job, which is then gone; other processes skip it meanwhile. */
  take(queue: Queue, transaction: Transaction<Tables>): Promise<string | undefined>;
}

/** Opens pg-boss on connections that exist. Nothing polls and nothing is supervised: a taken job leaves no row behind. */
export async function openJobs(pool: PostgresPool, onError: (error: Error) => void): Promise<Jobs> {
  const boss = new PgBoss({
    db: {
      async executeSql(text, values) {
        const client = await pool.connect();
        try {
          // Without parameters the text may hold several statements.
          return await client.query(text, values as unknown[] | undefined as unknown[]);
        } finally {
          client.release();
        }
      },
    },
    supervise: false,
    schedule: false,
  });
  boss.on("error", onError);
  await boss.start();
  for (const queue of queues) await boss.createQueue(queue);

  const inside = (transaction: Transaction<Tables>): PgBoss.Db => ({
    async executeSql(text, values) {
      const { rows } = await transaction.executeQuery(CompiledQuery.raw(text, values));
      return { rows };
    },
  });
  return {
    async add(queue, subject, transaction) {
      await boss.send(queue, { subject }, { db: inside(transaction) });
    },
    async take(queue, transaction) {
      const db = inside(transaction);
      const [job] = await boss.fetch<{ subject: string }>(queue, {
        db,
        batchSize: 1,
        ignoreStartAfter: true,
      });
      if (job === undefined) return undefined;
      await boss.deleteJob(queue, job.id, { db });
      return job.data.subject;
    },
  };
}
