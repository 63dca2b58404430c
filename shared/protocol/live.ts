import * as z from "zod";
import { blendShapes } from "../avatar/blendShapes.ts";
import { packedHeadSchema } from "../avatar/packHead.ts";
import { avatarNameSchema } from "./avatarSettings.ts";
import { instantSchema } from "./text.ts";
import { byId, endpoint } from "./endpoint.ts";
import { failureSchema } from "./failure.ts";
import { languageSchema } from "./interview.ts";
import { pathSchema } from "./media.ts";
import { defaultPipeline, livePipelineSchema } from "./pipelines.ts";
import { analysisRoleSchema, conditionSchema, studyIdSchema } from "./studyFile.ts";
import { eventSchema, frameLineSchema, fusedLineSchema, speechLineSchema } from "./results.ts";

/**
 * A live session: pictures and sound of a source go through a pipeline as they come, results stream over the socket. All
 * times are milliseconds on the session's media clock. A frame that waits while a newer one arrives is dropped and
 * counted. Nothing of a session is kept unless it records; then the recording and the results since its start stay, as
 * an analysis of the same id.
 */

/** Largest picture, piece of sound and piece of a recording that a page may push, bytes. */
export const maxPushedBytes = 900_000;

export const liveSourceSchema = z.discriminatedUnion("kind", [
  /** Devices of the daemon's machine, by the ids of {@link listLiveDevices}. At least one is needed. */
  z.strictObject({
    kind: z.literal("devices"),
    camera: z.string().min(1).max(500).optional(),
    microphone: z.string().min(1).max(500).optional(),
  }),
  /** A clip in a granted folder, played in real time. */
  z.strictObject({ kind: z.literal("file"), path: pathSchema }),
  /** A capture page in a browser, which pushes pictures and sound over its socket. */
  z.strictObject({ kind: z.literal("page") }),
]);

/** What was agreed to before somebody is recorded. */
export const consentSchema = z.strictObject({
  text: z.string().min(1).max(5000),
  givenAt: instantSchema,
});

export const recordedInterviewSchema = z.strictObject({
  title: z.string().max(200),
  prompts: z.array(z.string().min(1).max(2000)).min(1).max(200),
});

/** What a recording shows, as the tables of its study name it. */
export const recordedClipSchema = z.strictObject({
  role: analysisRoleSchema.default("stimulus"),
  condition: conditionSchema.optional(),
  stimulus: conditionSchema.optional(),
});

/** Whose session it is, and what it shows, from the start. */
export const liveParticipantSchema = z.strictObject({
  study: studyIdSchema,
  participant: studyIdSchema,
  shows: recordedClipSchema.optional(),
});

export const liveStatsSchema = z.object({
  /** Results a second, over the last two seconds. */
  fps: z.number().nonnegative(),
  /** From the arrival of a frame at the daemon to its result, over the last 300 frames. */
  latencyP50Ms: z.number().nonnegative(),
  latencyP95Ms: z.number().nonnegative(),
  /** Frames that the source gave. */
  framesIn: z.int().nonnegative(),
  framesDone: z.int().nonnegative(),
  /** Frames that gave way to newer ones. */
  dropped: z.int().nonnegative(),
  framesRecorded: z.int().nonnegative(),
});

/** `starting` -> `running` -> `stopped | failed`. */
export const liveStateSchema = z.enum(["starting", "running", "stopped", "failed"]);

export const liveSessionSchema = z.object({
  id: z.uuid(),
  state: liveStateSchema,
  source: liveSourceSchema,
  pipeline: livePipelineSchema,
  startedAt: instantSchema,
  /** Upright pixels; known with the first frame. */
  picture: z.object({ width: z.int().positive(), height: z.int().positive() }).optional(),
  /** Absent as long as nothing was recorded. */
  recording: z
    .object({
      on: z.boolean(),
      /** The file: playable at any moment, also after a crash. */
      path: pathSchema,
      /** Where the recording begins on the media clock; its own clock starts there. */
      startMs: z.number(),
    })
    .optional(),
  /** Of a stopped session that recorded: its results are those of the analysis with this id. */
  analysisId: z.uuid().optional(),
  consent: consentSchema.optional(),
  interview: recordedInterviewSchema.optional(),
  participant: liveParticipantSchema.optional(),
  /** The participant's session in the study that its recording belongs to. */
  studySession: studyIdSchema.optional(),
  stats: liveStatsSchema,
  failure: failureSchema.optional(),
});

const one = z.object({ session: liveSessionSchema });
const deviceSchema = z.object({ id: z.string(), name: z.string() });

export const listLiveDevices = endpoint({
  method: "get",
  path: "/api/live/devices",
  summary: "Cameras and microphones of the daemon's machine; where there are none, `reason` says why.",
  request: z.strictObject({}),
  response: z.object({
    cameras: z.array(deviceSchema),
    microphones: z.array(deviceSchema),
    reason: z.string().optional(),
  }),
});

export const startLive = endpoint({
  method: "post",
  path: "/api/live",
  summary: "Starts a live session. It runs until it is stopped, its source ends, or its limit is reached.",
  request: z.strictObject({
    source: liveSourceSchema,
    pipeline: livePipelineSchema.default(defaultPipeline),
    /** Settings as for an analysis; those left out get their defaults. */
    config: z.record(z.string().max(100), z.unknown()).default({}),
    /** Record from the first frame on. */
    record: z.boolean().default(false),
    consent: consentSchema.optional(),
    interview: recordedInterviewSchema.optional(),
    /** A participant who has given consent: what is recorded belongs to a new session of theirs. */
    participant: liveParticipantSchema.optional(),
  }),
  response: one,
});

export const listLive = endpoint({
  method: "get",
  path: "/api/live",
  summary: "Live sessions that run, and the last ones that ended.",
  request: z.strictObject({}),
  response: z.object({ sessions: z.array(liveSessionSchema) }),
});

export const getLive = endpoint({
  method: "get",
  path: "/api/live/:id",
  summary: "State and figures of a live session.",
  request: byId,
  response: one,
});

export const stopLive = endpoint({
  method: "post",
  path: "/api/live/:id/stop",
  summary: "Ends a live session; answers when its recording and its results are complete.",
  request: byId,
  response: one,
});

export const recordLive = endpoint({
  method: "post",
  path: "/api/live/:id/record",
  summary:
    "Begins to record, once a session, or ends it. Of a page's session, the page's own recorder brings the media.",
  request: byId.extend({ on: z.boolean() }),
  response: one,
});

/** Binary data: bytes in Node, an ArrayBuffer where a browser receives it. */
const bytes = z.custom<Uint8Array | ArrayBuffer>(
  (value) => value instanceof Uint8Array || value instanceof ArrayBuffer,
  "must be binary",
);
const pushedBytes = bytes.refine(
  ({ byteLength }) => byteLength > 0 && byteLength <= maxPushedBytes,
  `must have 1 to ${maxPushedBytes} bytes`,
);
const clock = z
  .number()
  .min(0)
  .max(12 * 3600 * 1000);

/** How an avatar is moved just now: what a page draws it by. Angles in radians; see `AvatarState`. */
export const movedAvatarSchema = z.object({
  name: avatarNameSchema,
  /** Weights in the order of `blendShapes`, as the avatar shows them. */
  weights: z.array(z.number()).length(blendShapes.length),
  pose: z.object({ yaw: z.number(), pitch: z.number(), roll: z.number() }),
  gaze: z.object({ pitch: z.number(), yaw: z.number() }),
  /** How long its face has been away or not to be trusted; absent while it is there. */
  awayMs: z.number().nonnegative().optional(),
});

/**
 * To the sockets that watch a session. A socket that is slow to take them misses frames, previews and views of faces
 * (never states, events, speech); nothing waits for it.
 */
export const liveServerEvents = {
  /** To everybody when its state or its recording changed; to those who watch also once a second, for the figures. */
  "live:state": z.object({ session: liveSessionSchema }),
  "live:frame": z.object({
    id: z.uuid(),
    line: frameLineSchema,
    /** When the frame arrived at the daemon, milliseconds of Unix time. */
    capturedAtMs: z.number(),
    latencyMs: z.number().nonnegative(),
    /** Frames dropped so far. */
    dropped: z.int().nonnegative(),
  }),
  /**
   * What the camera or the clip shows, at most 15 a second and 480 pixels high. The page that pushes the pictures does not
   * get them back.
   */
  "live:preview": z.object({ id: z.uuid(), timeMs: z.number(), jpeg: bytes }),
  /**
   * Of pipelines with a view of each face: as it was on the left, as it is shown on the right, at most 30 a second. `moved`
   * where the right is a head drawn by its blend shapes: those who have the head can draw it themselves.
   */
  "live:face-view": z.object({
    id: z.uuid(),
    timeMs: z.number(),
    track: z.int().positive(),
    jpeg: bytes,
    moved: movedAvatarSchema.optional(),
  }),
  /** What the microphone or the clip sounds like, mono, 16 bit little-endian, for level and spectrum. Not to the page that pushes. */
  "live:sound": z.object({
    id: z.uuid(),
    timeMs: z.number(),
    sampleRateHz: z.int().positive(),
    pcm: bytes,
  }),
  "live:speech": z.object({ id: z.uuid(), line: speechLineSchema }),
  "live:fused": z.object({ id: z.uuid(), line: fusedLineSchema }),
  /** Events that ended just now: blinks, looks away, micro-expressions, prompts and answers. */
  "live:events": z.object({ id: z.uuid(), events: z.array(eventSchema) }),
} as const;

/**
 * `live:push-*` serve sessions of kind `page` alone; times are of one clock of the page, which starts at 0 with its
 * capture. Send the next picture when one of at most two before it was answered. The first socket that
 * pushes into a session owns it until it closes: others get `conflict`. `conflict` also when the session has ended; it ends
 * when its page does not come back within ten seconds.
 */
export const liveSocketRequests = {
  "live:watch": { request: byId, response: one },
  "live:unwatch": { request: byId, response: z.object({}) },
  /** A head of the session's avatars as `packHead` has it; `too_large` where pages do better with the daemon's pictures. */
  "live:head": {
    request: byId.extend({ name: avatarNameSchema }),
    response: z.object({ head: packedHeadSchema, data: bytes }),
  },
  /** One picture as JPEG, upright. Times rise; one that does not is refused. */
  "live:push-video": {
    request: byId.extend({ timeMs: clock, jpeg: pushedBytes }),
    /** Frames dropped so far. */
    response: z.object({ dropped: z.int().nonnegative() }),
  },
  /** Mono sound, 16 bit little-endian, in order. `timeMs` is that of the first sample. */
  "live:push-audio": {
    request: byId.extend({
      timeMs: clock,
      sampleRateHz: z.int().min(8000).max(192_000),
      pcm: pushedBytes,
    }),
    response: z.object({}),
  },
  /**
   * A piece of the page's MediaRecorder (WebM), in order from `seq` 0, while the recording is on. Answered when it is in
   * the file; `next` is the number that is expected. A number that was had already is answered and ignored; one too high
   * is a `conflict`. `startMs`, with piece 0: where the recording begins on the page's clock. Larger pieces are cut in
   * two by the page. `last`: nothing follows. When the recording is switched off or the session is stopped elsewhere
   * (`live:state` tells), the last piece is waited for up to two seconds.
   */
  "live:push-recording": {
    request: byId.extend({
      seq: z.int().nonnegative(),
      chunk: pushedBytes,
      startMs: clock.optional(),
      last: z.boolean().default(false),
    }),
    response: z.object({ next: z.int().nonnegative() }),
  },
  /** The page's capture ended: ends the session as {@link stopLive} does. */
  "live:end": { request: byId, response: one },
  /**
   * A prompt or an answer of an interview, when it has ended; of every kind of session, on its media clock. Stands among
   * the events of the results.
   */
  "live:segment": {
    request: byId.extend({
      kind: z.enum(["prompt", "answer"]),
      startMs: clock,
      endMs: clock,
      /** Text of the prompt. Shown as text, never as markup. */
      label: z.string().max(2000),
    }),
    response: z.object({}),
  },
  /**
   * Speaks a prompt on the daemon's machine; answered at the end of the speech. `spoken` is false where nothing can speak
   * there. An empty text ends what is being spoken.
   */
  "live:say": {
    request: byId.extend({ text: z.string().max(2000), language: languageSchema }),
    response: z.object({ spoken: z.boolean() }),
  },
} as const;

export type LiveSource = z.infer<typeof liveSourceSchema>;
export type LiveSession = z.infer<typeof liveSessionSchema>;
export type LiveStats = z.infer<typeof liveStatsSchema>;
export type LiveDevices = z.infer<typeof listLiveDevices.response>;
export type LiveParticipant = z.infer<typeof liveParticipantSchema>;
export type RecordedClip = z.infer<typeof recordedClipSchema>;
export type LiveRequest = z.output<typeof startLive.request>;
export type MovedAvatar = z.infer<typeof movedAvatarSchema>;
export type LiveFrame = z.infer<(typeof liveServerEvents)["live:frame"]>;
