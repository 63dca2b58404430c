/**
 * Every failure that a user can meet, by code. A code is part of the protocol: it never changes its meaning.
 * The number is the HTTP status that the daemon answers with.
 */
export const errorStatus = {
  // What was asked is wrong.
  invalid_request: 400,
  invalid_path: 400,
  invalid_config: 400,
  invalid_csv: 400,
  invalid_text: 400,
  invalid_experiment: 400,
  invalid_interview: 400,
  invalid_training: 400,
  invalid_labels: 400,
  invalid_scheme: 400,
  unknown_label: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  too_large: 413,
  unsupported_media_type: 415,
  too_many_requests: 429,
  // The media cannot be used.
  media_not_found: 404,
  media_empty: 422,
  media_unreadable: 422,
  media_unsupported: 422,
  media_too_large: 422,
  media_timeout: 422,
  no_video: 422,
  no_audio: 422,
  // A model cannot be used: the manifest does not name it, its file is not there, is not what the manifest says, is
  // nothing that EDIN opens, or fails while it runs.
  model_unknown: 404,
  model_missing: 422,
  model_changed: 422,
  model_refused: 422,
  model_failed: 500,
  // A file of an analysis' results is there and is not what EDIN wrote: cut off, changed, of another program.
  result_damaged: 422,
  // A head or a picture that is to be an avatar: no blend shapes, no face, damaged.
  avatar_unusable: 422,
  // What was asked cannot be computed from this input.
  not_enough_data: 422,
  frame_rate_too_low: 422,
  // A training came to nothing: its loss is no number, or it wants more memory than there is.
  training_failed: 422,
  out_of_memory: 507,
  // The machine or the installation. A camera or microphone of the daemon gives nothing (`capture_failed`); one of a
  // browser, or a named device for networks, is not to be had (`device_unavailable`).
  capture_failed: 422,
  ffmpeg_missing: 500,
  python_missing: 500,
  device_unavailable: 500,
  disk_full: 507,
  store_unavailable: 503,
  // Somebody stopped it; the process that did it ended.
  cancelled: 499,
  interrupted: 503,
  timeout: 504,
  internal: 500,
} as const;

export type ErrorCode = keyof typeof errorStatus;

const mark = Symbol.for("edin.AppError");

/** A message may hold what stands in a file of a user's, which is as long as they like. */
const maxMessageLength = 20_000;

/** A failure with a stable code and a message that says what to do next. Test by `code`, never by text. */
export class AppError extends Error {
  override readonly name = "AppError";
  readonly code: ErrorCode;
  readonly [mark] = true;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message.slice(0, maxMessageLength), options);
    this.code = code;
  }

  /** An error of another copy of this module (two loaders in one process make two) is one as well. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === "object" && value !== null && mark in value;
  }
}

/** Whether `error` is an {@link AppError}, with `code` where one is given. */
export function isAppError(error: unknown, code?: ErrorCode): error is AppError {
  return error instanceof AppError && (code === undefined || error.code === code);
}

/** What the system says when a place has no room, or is not to be written. */
const noRoom: readonly unknown[] = ["ENOSPC", "EDQUOT"];
const notWritable: readonly unknown[] = ["EROFS", "EACCES", "EPERM"];

/** The failure of a disk that is full or a place that turned read-only, wherever it is met; undefined for any other. */
export function diskFailure(error: unknown): AppError | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, path } = error as { code?: unknown; path?: unknown };
  const where = typeof path === "string" ? path : "the file";
  if (noRoom.includes(code))
    return new AppError("disk_full", `No room to write ${where}. Free some space and try again.`, {
      cause: error,
    });
  if (!notWritable.includes(code)) return undefined;
  return new AppError(
    "store_unavailable",
    `${where} cannot be read or written. Give yourself the right to, then try again; what was acknowledged is kept.`,
    { cause: error },
  );
}

/**
 * Turns anything thrown into what may be shown: an AppError as it is, an abort as `cancelled`, the disk's failures by their
 * kind, everything else as `internal` without its text, which belongs in the log.
 */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const ofDisk = diskFailure(error);
  if (ofDisk !== undefined) return ofDisk;
  if (error instanceof Error && error.name === "AbortError") {
    return new AppError("cancelled", "The work was cancelled. Start it again when you want it.", {
      cause: error,
    });
  }
  return new AppError(
    "internal",
    "Something failed inside EDIN. The log has the details; please report it.",
    {
      cause: error,
    },
  );
}
