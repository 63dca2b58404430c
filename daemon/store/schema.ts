import type { ColumnType, Generated, JSONColumnType } from "kysely";
import type { AnalysisProgress } from "../../shared/protocol/analyses.ts";
import type { Failure } from "../../shared/protocol/failure.ts";
import type { GazeCalibration } from "../../shared/protocol/gazeCalibration.ts";
import type { JobProgress, JobState } from "../../shared/protocol/jobs.ts";
import type { Pipeline } from "../../shared/protocol/pipelines.ts";
import type { BeqResponse, Participant, SelfReport, StudySession } from "../../shared/protocol/studyFile.ts";

/** JSON columns are written as text and read as values. */
type Json<T extends object | null> = JSONColumnType<T, string | (T & null), string | (T & null)>;
/** A column of a view. */
type Read<T> = ColumnType<T, never, never>;
type Instant = ColumnType<Date, Date, Date>;
type OptionalInstant = ColumnType<Date | null, Date | null | undefined, Date | null>;

interface JobTable {
  id: string;
  kind: string;
  state: JobState;
  request: Json<Record<string, unknown>>;
  progress: Json<JobProgress | null>;
  failure: Json<Failure | null>;
  /** How often it was taken: the number of the last run, which alone may end it. */
  run: Generated<number>;
  /** The process that runs it or ran it last, and when that was last heard of. */
  worker: ColumnType<string | null, string | null | undefined, string | null>;
  heartbeat_at: OptionalInstant;
  cancel_requested: Generated<boolean>;
  priority: Generated<number>;
  /** The user or study that asked. */
  owner: Generated<string>;
  /** Runs since somebody asked for it, which ended with their process. */
  deaths: Generated<number>;
  /** The end of what was logged of the last run. */
  log: ColumnType<string | null, string | null | undefined, string | null>;
  created_at: Instant;
  /** Those that wait are taken in this order. */
  queued_at: Instant;
  /** One that is tried again is not taken earlier. */
  not_before: OptionalInstant;
  started_at: OptionalInstant;
  finished_at: OptionalInstant;
}

/** A view of the jobs of this kind, to be joined with. */
interface AnalysisView {
  id: Read<string>;
  state: Read<JobState>;
  pipeline: Read<Pipeline>;
  media_path: Read<string>;
  config: Read<Record<string, unknown>>;
  progress: Read<AnalysisProgress | null>;
  failure: Read<Failure | null>;
  created_at: Read<Date>;
  started_at: Read<Date | null>;
  finished_at: Read<Date | null>;
}

/** Daemons that take results of workers; see store/receivers.ts. */
interface ReceiverTable {
  daemon: string;
  address: string;
  key: string;
  since: Instant;
}

interface RootTable {
  id: string;
  path: string;
  created_at: Instant;
}

interface StudyTable {
  id: string;
  name: string;
  created_at: Instant;
  /** cutoffs.json as it stands. */
  cutoffs: string | null;
  /** Its removal has begun, and is ended by whoever comes next. So in `participants`. */
  deleting: Generated<boolean>;
}

interface ConsentTextTable {
  study_id: string;
  version: string;
  /** From 0; the last one is asked for. */
  position: number;
  text: string;
}

interface ParticipantTable {
  study_id: string;
  /** A pseudonym; one participant of a study. */
  id: string;
  created_at: Instant;
  retain_until: OptionalInstant;
  consent: Json<NonNullable<Participant["consent"]> | null>;
  covariates: Json<Participant["covariates"]>;
  deleting: Generated<boolean>;
}

interface GazeCalibrationTable {
  study_id: string;
  participant_id: string;
  calibration: Json<GazeCalibration>;
}

interface StudySessionTable {
  id: string;
  study_id: string;
  participant_id: string;
  started_at: Instant;
  /** The visit or event that it is. */
  label: Generated<string | null>;
}

interface SessionAnalysisTable {
  analysis_id: string;
  session_id: string;
  role: StudySession["analyses"][number]["role"];
  condition: Generated<string | null>;
  stimulus: Generated<string | null>;
  /** The participant's, where somebody said which it is. */
  face: Generated<number | null>;
}

/** How the faces of a study were compared last. */
interface FaceSearchTable {
  study_id: string;
  at: Instant;
  model: string;
  sha256: string;
  likeness_from: number;
  notes: Json<string[]>;
}

/** A face of a clip of a study, where it is seen best. */
interface StudyFaceTable {
  analysis_id: string;
  track: number;
  time_ms: number;
  square: Json<{ cx: number; cy: number; side: number; roll: number }>;
}

/** Two faces that are alike, the lesser analysis first, and what somebody decided. */
interface FacePairTable {
  a_analysis: string;
  a_track: number;
  b_analysis: string;
  b_track: number;
  likeness: number;
  verdict: "same" | "different" | null;
  decided_by: string | null;
  decided_at: OptionalInstant;
  /** What the decision wrote into the clips. */
  corrections: Json<{ analysis: string; entry: string }[] | null>;
}

/** An event: a named part of a clip of a session. */
interface ClipSpanTable {
  id: string;
  session_id: string;
  analysis_id: string;
  start_ms: number;
  end_ms: number;
  name: string;
}

interface SessionRecordingTable {
  recording_id: string;
  session_id: string;
  name: string;
  sha256: string | null;
}

interface ResponseTable {
  session_id: string;
  id: string;
  source: BeqResponse["source"];
  items: Json<BeqResponse["items"]>;
  /** Null while the form is being filled in. */
  completed_at: OptionalInstant;
}

interface SelfReportTable {
  id: string;
  session_id: string;
  analysis_id: string;
  start_ms: number;
  end_ms: number;
  label: SelfReport["label"];
}

/** SHA-256 of the secrets that open the form of a session: the code of its link until that is used, then a cookie. */
interface FormLinkTable {
  session_id: string;
  code_hash: string | null;
  cookie_hash: string | null;
  expires_at: Instant;
}

/** Kinds of jobs of which none is begun for now. */
interface QueuePauseTable {
  kind: string;
  since: Instant;
}

/** The tables; `migrations/` makes them. */
export interface Tables {
  queue_pauses: QueuePauseTable;
  receivers: ReceiverTable;
  jobs: JobTable;
  analyses: AnalysisView;
  roots: RootTable;
  studies: StudyTable;
  consent_texts: ConsentTextTable;
  participants: ParticipantTable;
  gaze_calibrations: GazeCalibrationTable;
  study_sessions: StudySessionTable;
  session_analyses: SessionAnalysisTable;
  clip_spans: ClipSpanTable;
  face_searches: FaceSearchTable;
  study_faces: StudyFaceTable;
  face_pairs: FacePairTable;
  session_recordings: SessionRecordingTable;
  responses: ResponseTable;
  self_reports: SelfReportTable;
  form_links: FormLinkTable;
}
