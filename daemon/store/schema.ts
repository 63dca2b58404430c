import type { ColumnType, Generated, JSONColumnType } from "kysely";
import type { AnalysisProgress, AnalysisState } from "../../shared/protocol/analyses.ts";
import type { Failure } from "../../shared/protocol/failure.ts";
import type { Pipeline } from "../../shared/protocol/results.ts";

/** JSON columns are written as text and read as values. */
type Json<T extends object | null> = JSONColumnType<T, string | (T & null), string | (T & null)>;
type Instant = ColumnType<Date, Date, Date>;
type OptionalInstant = ColumnType<Date | null, Date | null | undefined, Date | null>;

interface AnalysisTable {
  id: string;
  state: AnalysisState;
  pipeline: Pipeline;
  media_path: string;
  config: Json<Record<string, unknown>>;
  progress: Json<AnalysisProgress | null>;
  failure: Json<Failure | null>;
  /** The process that runs it, and when that was last heard of. */
  worker: string | null;
  heartbeat_at: OptionalInstant;
  cancel_requested: Generated<boolean>;
  created_at: Instant;
  started_at: OptionalInstant;
  finished_at: OptionalInstant;
}

interface RootTable {
  id: string;
  path: string;
  created_at: Instant;
}

/** The tables; `migrations/` makes them. */
export interface Tables {
  analyses: AnalysisTable;
  roots: RootTable;
}
