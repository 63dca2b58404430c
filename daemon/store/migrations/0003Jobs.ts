import { sql, type Kysely, type Migration } from "kysely";

/**
 * One table for the life of every job, whatever its kind. Analyses become jobs; `analyses` is a view of them from here on, and
 * what referred to its rows refers to those of `jobs`. The queue of pg-boss goes.
 */
export const jobs: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable("jobs")
      .addColumn("id", "uuid", (c) => c.primaryKey())
      .addColumn("kind", "text", (c) => c.notNull())
      .addColumn("state", "text", (c) =>
        c.notNull().check(sql`state in ('queued', 'running', 'done', 'failed', 'cancelled', 'interrupted')`),
      )
      .addColumn("request", "jsonb", (c) => c.notNull())
      .addColumn("progress", "jsonb")
      .addColumn("failure", "jsonb")
      // How often it was taken: the number of the last run, which alone may end it.
      .addColumn("run", "integer", (c) => c.notNull().defaultTo(0))
      .addColumn("worker", "text")
      .addColumn("heartbeat_at", "timestamptz")
      .addColumn("cancel_requested", "boolean", (c) => c.notNull().defaultTo(false))
      .addColumn("created_at", "timestamptz", (c) => c.notNull())
      .addColumn("queued_at", "timestamptz", (c) => c.notNull())
      .addColumn("started_at", "timestamptz")
      .addColumn("finished_at", "timestamptz")
      .execute();
    await sql`
      insert into jobs (id, kind, state, request, progress, failure, heartbeat_at, cancel_requested,
                        created_at, queued_at, started_at, finished_at)
      select id, 'analysis', state,
             jsonb_build_object('pipeline', pipeline, 'mediaPath', media_path, 'config', config),
             case when progress is null then null
                  else jsonb_build_object('text', '', 'detail', progress) end,
             failure, heartbeat_at, cancel_requested, created_at, created_at, started_at, finished_at
      from analyses`.execute(db);
    await sql`
      do $$
      declare reference record;
      begin
        for reference in
          select conrelid::regclass as referrer, conname as name,
                 replace(pg_get_constraintdef(oid), 'REFERENCES analyses(', 'REFERENCES jobs(') as definition
          from pg_constraint where contype = 'f' and confrelid = 'analyses'::regclass
        loop
          execute format('alter table %s drop constraint %I', reference.referrer, reference.name);
          execute format('alter table %s add constraint %I %s', reference.referrer, reference.name,
                         reference.definition);
        end loop;
      end $$`.execute(db);
    await sql`drop table analyses`.execute(db);
    await sql`
      create view analyses as
      select id, state, request ->> 'pipeline' as pipeline, request ->> 'mediaPath' as media_path,
             request -> 'config' as config, progress -> 'detail' as progress, failure,
             created_at, started_at, finished_at
      from jobs where kind = 'analysis'`.execute(db);
    await db.schema
      .createIndex("jobs_created")
      .on("jobs")
      .columns(["kind", "created_at desc", "id desc"])
      .execute();
    await db.schema
      .createIndex("jobs_state")
      .on("jobs")
      .columns(["kind", "state", "created_at desc", "id desc"])
      .execute();
    await sql`create index jobs_waiting on jobs (kind, queued_at, id) where state = 'queued'`.execute(db);
    await sql`create index jobs_running on jobs (heartbeat_at) where state = 'running'`.execute(db);
    await sql`drop schema if exists pgboss cascade`.execute(db);
  },
};
